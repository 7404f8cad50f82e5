/** A sitting at the workbench: when the eye wants to be warmed up again. Kept with the browser: a reload is no break. */
const PHOTOS = 20;
const BREAK_MS = 30 * 60_000;
const NOTED_MS = 10_000; // work is noted no oftener

/** How many photos were handed in since the eye was last warmed up, and when the person last did anything. */
interface Kept {
  readonly photos: number;
  readonly worked_at: number;
}

export class Sitting {
  #noted_at = 0;

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem">,
    private readonly key: string,
  ) {}

  /** The person does something; after a break the warm-up is due from now on. */
  work(now: number = Date.now()): void {
    if (now - this.#noted_at < NOTED_MS) return;
    this.#noted_at = now;
    this.#keep({ photos: this.isDue(now) ? PHOTOS : (this.#read()?.photos ?? 0), worked_at: now });
  }

  /** A photo was handed in. */
  handIn(now: number = Date.now()): void {
    this.#keep({ photos: (this.#read()?.photos ?? 0) + 1, worked_at: now });
  }

  /** Whether the eye wants to be warmed up: after so many photos, and after a break. Never at the very first photo. */
  isDue(now: number = Date.now()): boolean {
    const kept = this.#read();
    return kept !== null && (kept.photos >= PHOTOS || now - kept.worked_at >= BREAK_MS);
  }

  /** The eye is warm, or the person would not have it: the next time is counted from now. */
  warm(now: number = Date.now()): void {
    this.#keep({ photos: 0, worked_at: now });
  }

  #read(): Kept | null {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? "null");
    } catch {
      return null; // somebody else's words: begin anew
    }
  }

  #keep(kept: Kept): void {
    this.storage.setItem(this.key, JSON.stringify(kept));
  }
}

const TILES = 3;

/** Levels to be told apart, at random; not all the same. */
export function drawLevels(levelCount: number, random: () => number = Math.random): number[] {
  const drawn = Array.from({ length: TILES }, () => Math.floor(random() * levelCount));
  if (new Set(drawn).size === 1) drawn[TILES - 1] = ((drawn[0] as number) + 1) % levelCount;
  return drawn;
}
