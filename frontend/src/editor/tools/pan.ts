/** Move the photo by dragging, for hands without a wheel or a second button. */
import type { ScreenPoint } from "../viewport";
import type { Pointing, Tool } from "./tool";

export class PanTool implements Tool {
  readonly name = "pan";
  readonly draft = null;
  readonly cue = null;
  #last: ScreenPoint | null = null;

  constructor(private readonly bench: { pan(dx: number, dy: number): void }) {}

  down({ screen }: Pointing): void {
    this.#last = screen;
  }

  move({ screen }: Pointing): void {
    if (this.#last) this.bench.pan(screen.x - this.#last.x, screen.y - this.#last.y);
    if (this.#last) this.#last = screen;
  }

  up(): void {
    this.#last = null;
  }

  cursor(): string {
    return this.#last ? "grabbing" : "grab";
  }

  finish(): boolean {
    return false;
  }

  dropStroke(): void {
    this.cancel();
  }

  cancel(): boolean {
    const wasHeld = this.#last !== null;
    this.#last = null;
    return wasHeld;
  }

  stepBack(): boolean {
    return false;
  }

  stepForward(): boolean {
    return false;
  }
}
