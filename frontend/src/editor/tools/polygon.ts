/** Outlines: click for corners, drag for a freehand line; Enter, a double click or the first corner closes. */

import type { Region, Ring } from "../../model/annotation";
import { t } from "../../model/language";
import { ringFault, untangled, withoutRepeats } from "../../model/outline";
import { withRegion } from "../../model/store";
import { uuid7 } from "../../model/uuid7";
import { HANDLE_REACH } from "../handles";
import type { Cue, Draft } from "../scene";
import { withJunctions } from "../snapping";
import { fromGrid, type ImagePoint, toScreen } from "../viewport";
import { HandLine } from "./handline";
import type { Bench, Pointing, Tool } from "./tool";

export class PolygonTool implements Tool {
  readonly name = "polygon";
  readonly #hand: HandLine;

  constructor(private readonly bench: Bench) {
    this.#hand = new HandLine(bench);
  }

  get draft(): Draft | null {
    const { line, next, wire, isIdle } = this.#hand;
    if (line.length === 0) return null;
    const aim = isIdle && wire.length === 0 ? next : null;
    const closes = isIdle && next !== null && this.#closesAt(next);
    return { line: [...line, ...wire], next: aim, closes, level: this.bench.level };
  }

  get cue(): Cue | null {
    const { cue, next } = this.#hand;
    return cue && !(next && this.#closesAt(next)) ? { is: "snap", ...cue } : null;
  }

  down(at: Pointing): void {
    if (this.#closesAt(at.image)) this.finish();
    else this.#hand.down(at);
  }

  move(at: Pointing): void {
    this.#hand.move(at);
  }

  up(at: Pointing): void {
    if (this.#hand.isIdle) return;
    const isNew = this.#hand.isFirstStroke;
    if (this.#hand.up(at) && (isNew || this.#closesAt(at.image))) this.finish();
  }

  cursor(at: Pointing): string {
    return this.#closesAt(at.image) ? "pointer" : "crosshair";
  }

  finish(): boolean {
    const { line } = this.#hand;
    if (line.length === 0) return false;
    const ring = untangled(withoutRepeats(line));
    const fault = ringFault(ring);
    if (fault !== null) {
      this.bench.refuse(fault);
      if (line.length > 4) return true; // kept, so that it can be mended with Backspace
    }
    if (fault === null) this.#commit(ring);
    this.#hand.reset();
    this.bench.refresh();
    return true;
  }

  dropStroke(): void {
    this.#hand.dropStroke();
  }

  cancel(): boolean {
    const isCancelled = this.#hand.cancel();
    if (isCancelled) this.bench.say(t("Outline cancelled. Ctrl+Z brings it back."));
    return isCancelled;
  }

  stepBack(): boolean {
    return this.#hand.stepBack();
  }

  stepForward(): boolean {
    return this.#hand.stepForward();
  }

  resume(line: Ring): void {
    this.#hand.resume(line);
  }

  #closesAt(point: ImagePoint): boolean {
    const { line } = this.#hand;
    if (line.length < 6) return false;
    const first = toScreen(this.bench.view, fromGrid(line[0] as number, line[1] as number));
    const at = toScreen(this.bench.view, point);
    return Math.hypot(first.x - at.x, first.y - at.y) <= HANDLE_REACH;
  }

  #commit(ring: Ring): void {
    const { store, level, kind, newZ } = this.bench;
    const region: Region = { id: uuid7(), level, kind, rings: [ring], z: newZ };
    const shared = withJunctions(store.document, this.#hand.snaps, ring);
    if (shared === store.document) store.commit("draw", region.id, region);
    else store.commitDocument("draw", withRegion(shared, region.id, region));
    this.bench.select(region.id);
  }
}
