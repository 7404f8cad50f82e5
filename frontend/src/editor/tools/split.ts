/** A line across the chosen region, or across all that it meets, cuts them: a drag, or clicks and Enter. */

import { type Region, SUBPIXEL } from "../../model/annotation";
import { boundsOf } from "../../model/geometry";
import { t } from "../../model/language";
import { withRegion } from "../../model/store";
import { uuid7 } from "../../model/uuid7";
import type { Cue, Draft } from "../scene";
import { type ApplyStroke, applyStroke } from "../strokes";
import { HandLine } from "./handline";
import type { Bench, Pointing, Tool } from "./tool";

const REACH = 12; // CSS pixels by which either end may stop short of the outline

export class SplitTool implements Tool {
  readonly name = "split";
  readonly #hand: HandLine;

  constructor(
    private readonly bench: Bench,
    private readonly apply: ApplyStroke = applyStroke,
  ) {
    this.#hand = new HandLine(bench);
  }

  get draft(): Draft | null {
    const { line, next, wire, isIdle } = this.#hand;
    if (line.length === 0) return null;
    const aim = isIdle && wire.length === 0 ? next : null;
    return { line: [...line, ...wire], next: aim, closes: false, level: this.bench.level };
  }

  get cue(): Cue | null {
    return this.#hand.cue && { is: "snap", ...this.#hand.cue };
  }

  down(at: Pointing): void {
    this.#hand.down(at);
  }

  move(at: Pointing): void {
    this.#hand.move(at);
  }

  up(at: Pointing): void {
    if (this.#hand.isIdle) return;
    const isNew = this.#hand.isFirstStroke;
    if (this.#hand.up(at) && isNew) this.finish();
  }

  cursor(): string {
    return "crosshair";
  }

  finish(): boolean {
    const { line } = this.#hand;
    if (line.length === 0) return false;
    if (line.length === 2) this.bench.refuse(t("Draw the line all the way across the region."));
    else this.#cut(line);
    this.#hand.reset();
    return true;
  }

  dropStroke(): void {
    this.#hand.dropStroke();
  }

  cancel(): boolean {
    const isCancelled = this.#hand.cancel();
    if (isCancelled) this.bench.say(t("Line cancelled. Ctrl+Z brings it back."));
    return isCancelled;
  }

  stepBack(): boolean {
    return this.#hand.stepBack();
  }

  stepForward(): boolean {
    return this.#hand.stepForward();
  }

  resume(line: readonly number[]): void {
    this.#hand.resume(line);
  }

  async #cut(line: readonly number[]): Promise<void> {
    const { store, selected, view } = this.bench;
    const before = store.document;
    const reach = Math.round((REACH / view.scale) * SUBPIXEL);
    const targets = selected ? [selected] : this.#met(line, reach);
    const { results, taken } = await this.apply({
      mode: "split",
      line,
      radius: reach,
      targets: targets.map(({ rings }) => rings),
    });
    if (store.document !== before) return this.#cut(line); // changed meanwhile
    if (results.length === 0)
      return this.bench.refuse(t("The line must go across a region, from edge to edge."));
    const seen = new Set<number>();
    const after = results.reduce((document, rings, i) => {
      const target = taken[i] as number;
      const region: Region = { ...(targets[target] as Region), rings };
      const id = seen.has(target) ? uuid7() : region.id; // the largest part stays what it was
      seen.add(target);
      return withRegion(document, id, { ...region, id });
    }, before);
    store.commitDocument("split", after);
    this.bench.say(t("Cut into %(count)s parts. Ctrl+Z joins them again.", { count: results.length }));
  }

  #met(line: readonly number[], reach: number): Region[] {
    const { minX, minY, maxX, maxY } = boundsOf([line]);
    const [left, top, right, bottom] = [minX - reach, minY - reach, maxX + reach, maxY + reach];
    return this.bench.index.within(left / SUBPIXEL, top / SUBPIXEL, right / SUBPIXEL, bottom / SUBPIXEL);
  }
}
