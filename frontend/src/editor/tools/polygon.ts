/** Outlines: click for corners, drag for a freehand line; Enter, a double click or the first corner closes. */
import { type Document, type Region, type Ring, SUBPIXEL } from "../../model/annotation";
import { ringFault, simplified, untangled, withoutRepeats } from "../../model/outline";
import { uuid7 } from "../../model/uuid7";
import { HANDLE_REACH } from "../handles";
import type { Draft } from "../scene";
import { fromGrid, type ImagePoint, toGrid, toScreen } from "../viewport";
import type { Bench, Pointing, Tool } from "./tool";

const DRAG_STARTS = 5; // CSS pixels
const FREEHAND_STEP = 2;
const FREEHAND_TOLERANCE = SUBPIXEL / 2;

type State =
  | { readonly is: "idle" }
  | { readonly is: "placing"; readonly from: Pointing; readonly wasEmpty: boolean }
  | { readonly is: "dragging"; readonly since: number; readonly wasEmpty: boolean };

export class PolygonTool implements Tool {
  readonly name = "polygon";
  #state: State = { is: "idle" };
  #line: Ring = [];
  #next: ImagePoint | null = null;
  #undone: Ring[] = [];
  #undoneOn: Document | null = null; // a step is taken back only while nothing else was done

  constructor(private readonly bench: Bench) {}

  get draft(): Draft | null {
    if (this.#line.length === 0) return null;
    const next = this.#state.is === "idle" ? this.#next : null;
    return { line: this.#line, next, closes: next !== null && this.#closesAt(next), level: this.bench.level };
  }

  down(at: Pointing): void {
    if (this.#closesAt(at.image)) {
      this.finish();
      return;
    }
    this.#undone = [];
    const wasEmpty = this.#line.length === 0;
    this.#state = { is: "placing", from: at, wasEmpty };
    this.#line = [...this.#line, ...toGrid(at.image)];
    this.bench.refresh();
  }

  move(at: Pointing): void {
    this.#next = at.image;
    const state = this.#state;
    if (state.is === "placing" && distance(state.from, at) > DRAG_STARTS) {
      this.#state = { is: "dragging", since: this.#line.length - 2, wasEmpty: state.wasEmpty };
    }
    if (this.#state.is === "dragging") this.#trace(at);
    if (this.#line.length > 0) this.bench.refresh();
  }

  up(at: Pointing): void {
    const state = this.#state;
    this.#state = { is: "idle" };
    this.#next = at.image;
    if (state.is !== "dragging") return;
    const drawn = this.#line.slice(state.since);
    this.#line = [...this.#line.slice(0, state.since), ...simplified(drawn, FREEHAND_TOLERANCE)];
    if (state.wasEmpty || this.#closesAt(at.image)) this.finish();
    else this.bench.refresh();
  }

  cursor(at: Pointing): string {
    return this.#closesAt(at.image) ? "pointer" : "crosshair";
  }

  finish(): boolean {
    if (this.#line.length === 0) return false;
    const ring = untangled(withoutRepeats(this.#line));
    const fault = ringFault(ring);
    if (fault !== null) {
      this.bench.say(fault);
      if (this.#line.length > 4) return true; // kept, so that it can be mended with Backspace
    }
    this.#reset();
    if (fault === null) this.#commit(ring);
    this.bench.refresh();
    return true;
  }

  cancel(): boolean {
    if (this.#line.length === 0) return false;
    this.#undone = [this.#line];
    this.#undoneOn = this.bench.store.document;
    this.#line = [];
    this.#state = { is: "idle" };
    this.bench.say("Outline cancelled. Ctrl+Z brings it back.");
    this.bench.refresh();
    return true;
  }

  stepBack(): boolean {
    if (this.#line.length === 0) return this.#restore();
    this.#undone.push(this.#line);
    this.#undoneOn = this.bench.store.document;
    this.#line = this.#line.slice(0, -2);
    this.bench.refresh();
    return true;
  }

  stepForward(): boolean {
    return this.#line.length > 0 && this.#restore();
  }

  #restore(): boolean {
    const line = this.#undoneOn === this.bench.store.document ? this.#undone.pop() : undefined;
    if (!line) return false;
    this.#line = line;
    this.bench.refresh();
    return true;
  }

  #trace(at: Pointing): void {
    const [x, y] = toGrid(at.image);
    const last = fromGrid(this.#line.at(-2) as number, this.#line.at(-1) as number);
    const seen = toScreen(this.bench.view, last);
    if (Math.hypot(seen.x - at.screen.x, seen.y - at.screen.y) >= FREEHAND_STEP)
      this.#line = [...this.#line, x, y];
  }

  #closesAt(point: ImagePoint): boolean {
    if (this.#line.length < 6) return false;
    const first = toScreen(this.bench.view, fromGrid(this.#line[0] as number, this.#line[1] as number));
    const at = toScreen(this.bench.view, point);
    return Math.hypot(first.x - at.x, first.y - at.y) <= HANDLE_REACH;
  }

  #commit(ring: Ring): void {
    const { store, level, kind, newZ } = this.bench;
    const region: Region = { id: uuid7(), level, kind, rings: [ring], z: newZ };
    store.commit("draw", region.id, region);
    this.bench.select(region.id);
  }

  #reset(): void {
    this.#line = [];
    this.#undone = [];
    this.#next = null;
    this.#state = { is: "idle" };
  }
}

function distance(a: Pointing, b: Pointing): number {
  return Math.hypot(a.screen.x - b.screen.x, a.screen.y - b.screen.y);
}
