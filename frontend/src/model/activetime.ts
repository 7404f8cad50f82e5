/** Time a person really worked: pauses of more than 30 s count for nothing. */
const IDLE_MS = 30_000;

export class ActiveTime {
  #total: number;
  #seen: number | null = null;

  constructor(total = 0) {
    this.#total = total;
  }

  /** The person moved, typed or drew. */
  touch(now: number = Date.now()): void {
    if (this.#seen !== null && now - this.#seen < IDLE_MS) this.#total += Math.max(0, now - this.#seen);
    this.#seen = now;
  }

  /** Milliseconds so far, with the running stretch. */
  total(now: number = Date.now()): number {
    const running = this.#seen !== null && now - this.#seen < IDLE_MS ? Math.max(0, now - this.#seen) : 0;
    return this.#total + running;
  }
}
