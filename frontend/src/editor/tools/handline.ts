/** A line that grows by clicks and by drags, with its way back: what the outline and the split tool draw with. */
import { type Document, type Ring, SUBPIXEL } from "../../model/annotation";
import { simplified } from "../../model/simplify";
import { placeOf, type Snap } from "../snapping";
import { fromGrid, type ImagePoint, toScreen } from "../viewport";
import { type Bench, gap, type Pointing } from "./tool";

const DRAG_STARTS = 5; // CSS pixels
const FREEHAND_STEP = 2;
const FREEHAND_TOLERANCE = SUBPIXEL / 2;

type State =
  | { readonly is: "idle" }
  | { readonly is: "placing"; readonly from: Pointing }
  | { readonly is: "dragging"; readonly since: number };

export class HandLine {
  /** Corners so far, flat, 1/16 px. */
  line: Ring = [];
  /** Where the next corner would be, and the way there along the photo's edges while that is asked for. */
  next: ImagePoint | null = null;
  wire: Ring = [];
  /** What the hand is near enough to snap to. */
  cue: Snap | null = null;
  #snaps: Snap[] = [];
  #state: State = { is: "idle" };
  #before: Ring[] = []; // the line before each click or drag
  #undone: Ring[] = [];
  #isGivenUp = false; // by a cancel, which the next step back takes back
  #undoneOn: Document | null = null; // a step is taken back only while nothing else was done

  constructor(private readonly bench: Bench) {}

  get isIdle(): boolean {
    return this.#state.is === "idle";
  }

  /** Whether all of the line comes from the pointer that is down. */
  get isFirstStroke(): boolean {
    return this.#before.at(-1)?.length === 0;
  }

  /** What corners of the line were snapped onto. */
  get snaps(): readonly Snap[] {
    return this.#snaps;
  }

  down(at: Pointing): void {
    this.#undone = [];
    this.#isGivenUp = false;
    this.#before.push(this.line);
    this.#state = { is: "placing", from: at };
    const way = this.#wireTo(at);
    this.line = [...this.line, ...(way.length > 0 ? way : this.#snapped(at))];
    this.wire = [];
    this.bench.refresh();
  }

  move(at: Pointing): void {
    const state = this.#state;
    if (state.is === "placing" && gap(state.from, at) > DRAG_STARTS)
      this.#state = { is: "dragging", since: this.line.length - 2 };
    if (this.#state.is === "dragging") this.#trail(at);
    const [x, y] = this.#snapped(at, false);
    this.next = fromGrid(x, y);
    this.wire = this.#state.is === "idle" ? this.#wireTo(at) : [];
    this.bench.refresh();
  }

  /** True at the end of a drag. */
  up(at: Pointing): boolean {
    const state = this.#state;
    this.#state = { is: "idle" };
    if (state.is === "dragging") {
      const drawn = simplified(this.line.slice(state.since), FREEHAND_TOLERANCE).slice(0, -2);
      this.line = [...this.line.slice(0, state.since), ...drawn, ...this.#snapped(at)];
    }
    this.bench.keep(this.line);
    this.bench.refresh();
    return state.is === "dragging";
  }

  /** Give up what the pointer that is down has drawn, and no more. */
  dropStroke(): void {
    if (this.#state.is === "idle") return;
    this.#state = { is: "idle" };
    this.#become(this.#before.pop() ?? []);
  }

  /** Give the whole line up; false where there is none. */
  cancel(): boolean {
    if (this.line.length === 0) return false;
    this.#undone = [this.line];
    this.#isGivenUp = true;
    this.#undoneOn = this.bench.store.document;
    this.#before = [];
    this.#state = { is: "idle" };
    this.#become([]);
    return true;
  }

  /** Take the last click or drag back, or bring back what was given up; false where there is neither. */
  stepBack(): boolean {
    if (this.line.length === 0) return this.#isGivenUp && this.#restore();
    this.#undone.push(this.line);
    this.#undoneOn = this.bench.store.document;
    this.#become(this.#before.pop() ?? this.line.slice(0, -2));
    return true;
  }

  stepForward(): boolean {
    return !this.#isGivenUp && this.#restore();
  }

  /** Begin with a line that was drawn earlier. */
  resume(line: Ring): void {
    this.reset();
    this.#become(line);
  }

  /** Forget the line; it is done with. */
  reset(): void {
    this.#before = [];
    this.#undone = [];
    this.#isGivenUp = false;
    this.#snaps = [];
    this.#state = { is: "idle" };
    this.next = null;
    this.cue = null;
    if (this.line.length > 0) this.#become([]);
  }

  #restore(): boolean {
    const line = this.#undoneOn === this.bench.store.document ? this.#undone.pop() : undefined;
    if (!line) return false;
    if (!this.#isGivenUp) this.#before.push(this.line);
    this.#isGivenUp = false;
    this.#become(line);
    return true;
  }

  #become(line: Ring): void {
    this.line = line;
    this.wire = [];
    this.bench.keep(line);
    this.bench.refresh();
  }

  #wireTo(at: Pointing): Ring {
    return this.line.length === 0 ? [] : this.bench.trace(this.line, at.image);
  }

  #snapped(at: Pointing, isPlaced = true): [number, number] {
    this.cue = at.alt ? null : this.bench.snap(at.image);
    if (this.cue && isPlaced) this.#snaps.push(this.cue);
    return placeOf(this.cue, at.image);
  }

  #trail(at: Pointing): void {
    const [x, y] = placeOf(null, at.image);
    const last = toScreen(this.bench.view, fromGrid(this.line.at(-2) as number, this.line.at(-1) as number));
    if (Math.hypot(last.x - at.screen.x, last.y - at.screen.y) >= FREEHAND_STEP)
      this.line = [...this.line, x, y];
  }
}
