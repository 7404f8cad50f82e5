/** The photos at hand: those handed in last, the one of the queue that is worked on, and the one that comes next. */
import type { Frame } from "./props";

const MOST = 8;

export class Film {
  /** Handed in or skipped, the last one last. */
  past = $state.raw<readonly Frame[]>([]);
  /** Of the queue, opened and not yet handed in; it waits while an earlier one is looked at. */
  current = $state.raw<Frame | null>(null);
  /** What the queue gives after the one on the bench, as far as it can be foretold. */
  next = $state.raw<Frame | null>(null);

  constructor(past: readonly Frame[]) {
    this.past = past.slice(-MOST);
  }

  /** This one is on the bench. */
  opened(frame: Frame): void {
    if (this.#placeOf(frame.image) < 0) this.current = frame;
  }

  /** This one was handed in or skipped; it may be opened again. */
  handedIn(frame: Frame): void {
    this.gone(frame.image);
    this.past = [...this.past.filter(({ image }) => image !== frame.image), frame].slice(-MOST);
  }

  /** This one is the person's no longer. */
  gone(image: number): void {
    if (this.current?.image === image) this.current = null;
  }

  /** The photo handed in before this one, or null. */
  before(here: number | undefined): number | null {
    const at = this.#placeOf(here);
    return this.past[(at < 0 ? this.past.length : at) - 1]?.image ?? null;
  }

  /** The photo after this one, "queue" where that is not on the film yet, null where this one comes last. */
  after(here: number | undefined): number | "queue" | null {
    const at = this.#placeOf(here);
    if (at < 0) return null;
    return this.past[at + 1]?.image ?? this.current?.image ?? "queue";
  }

  /** All of them from left to right, each once. */
  get frames(): readonly (Frame & { readonly is: "past" | "current" | "next" })[] {
    const { past, current, next } = this;
    const isNew = next && next.image !== current?.image && this.#placeOf(next.image) < 0;
    return [
      ...past.map((frame) => ({ ...frame, is: "past" as const })),
      ...(current ? [{ ...current, is: "current" as const }] : []),
      ...(isNew ? [{ ...next, is: "next" as const }] : []),
    ];
  }

  #placeOf(here: number | undefined): number {
    return this.past.findIndex(({ image }) => image === here);
  }
}
