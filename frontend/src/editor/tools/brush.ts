/** Brush and eraser: a stroke is added to the chosen region of this level, or taken from what it touches. */

import { isSameRegion, type Region, type Ring, SUBPIXEL } from "../../model/annotation";
import { boundsOf } from "../../model/geometry";
import { t } from "../../model/language";
import { withRegion } from "../../model/store";
import { uuid7 } from "../../model/uuid7";
import type { Draft } from "../scene";
import { keyOf } from "../shortcuts";
import { type ApplyStroke, applyStroke } from "../strokes";
import { toGrid } from "../viewport";
import type { Bench, Pointing, Tool } from "./tool";

const NONE_HERE = t("The eraser takes from regions; none is here.");
const STEP = 2; // CSS pixels between samples of the hand

export class BrushTool implements Tool {
  readonly cue = null;
  #line: Ring | null = null;
  #seen: Pointing | null = null;

  constructor(
    private readonly bench: Bench,
    readonly name: "brush" | "eraser",
    private readonly apply: ApplyStroke = applyStroke,
  ) {}

  get draft(): Draft | null {
    if (!this.#line) return null;
    const { level, brushSize } = this.bench;
    return { line: this.#line, next: null, closes: false, level, brush: brushSize };
  }

  down(at: Pointing): void {
    this.#line = toGrid(at.image);
    this.#seen = at;
    this.bench.refresh();
  }

  move(at: Pointing): void {
    if (this.#line && this.#seen && distance(this.#seen, at) >= STEP) {
      this.#line = [...this.#line, ...toGrid(at.image)];
      this.#seen = at;
    }
    this.bench.refresh();
  }

  up(): void {
    const line = this.#line;
    if (!line) return;
    const radius = Math.max(
      SUBPIXEL,
      Math.round((this.bench.brushSize / 2 / this.bench.view.scale) * SUBPIXEL),
    );
    const done = this.name === "brush" ? this.#paint(line, radius) : this.#erase(line, radius);
    done.finally(() => {
      if (this.#line === line) this.#line = null;
      this.bench.refresh();
    });
  }

  /** Add the stroke to the chosen region if it has the level in hand, else make a region of it. */
  async #paint(line: Ring, radius: number): Promise<void> {
    const { store, level, kind, selected, newZ } = this.bench;
    const target = selected?.level === level ? selected : null;
    const { stroke, results } = await this.apply({
      mode: "add",
      line,
      radius,
      targets: target ? [target.rings] : [],
    });
    const rings = results[0] ?? stroke;
    if (rings.length === 0)
      return this.#refuse(line, t("That stroke is too small to be a region. Use a larger brush."));
    if (target && store.region(target.id) !== target) return this.#paint(line, radius); // changed meanwhile
    const region: Region = target ? { ...target, rings } : { id: uuid7(), level, kind, rings, z: newZ };
    store.commit("brush", region.id, region);
    this.bench.select(region.id);
  }

  /** Take the stroke from the chosen region, or from every one it touches; what it does not touch is no step. */
  async #erase(line: Ring, radius: number): Promise<void> {
    const { store, selected, index } = this.bench;
    const { minX, minY, maxX, maxY } = boundsOf([line]);
    const box = [minX - radius, minY - radius, maxX + radius, maxY + radius].map((value) => value / SUBPIXEL);
    const near = selected ? [selected] : index.within(...(box as [number, number, number, number]));
    if (near.length === 0) return this.#refuse(line, NONE_HERE);
    const before = store.document;
    const { results } = await this.apply({
      mode: "erase",
      line,
      radius,
      targets: near.map(({ rings }) => rings),
    });
    if (store.document !== before) return this.#erase(line, radius);
    const after = near.reduce((document, region, i) => {
      const rest = { ...region, rings: results[i] ?? [] };
      if (isSameRegion(region, rest)) return document;
      return withRegion(document, region.id, rest.rings.length > 0 ? rest : null);
    }, before);
    if (after !== before) return store.commitDocument("erase", after);
    const only = t("The eraser takes from the chosen region only; %(key)s lets it go.", {
      key: keyOf("cancel"),
    });
    this.#refuse(line, selected ? only : NONE_HERE);
  }

  /** Nothing came of the stroke: it is over, and it is said why. */
  #refuse(line: Ring, words: string): void {
    if (this.#line === line) this.#line = null;
    this.bench.refuse(words);
  }

  cursor(): string {
    return "none";
  }

  finish(): boolean {
    return false;
  }

  dropStroke(): void {
    this.cancel();
  }

  cancel(): boolean {
    const wasDrawing = this.#line !== null;
    this.#line = null;
    if (wasDrawing) this.bench.refresh();
    return wasDrawing;
  }

  stepBack(): boolean {
    return this.cancel();
  }

  stepForward(): boolean {
    return false;
  }
}

function distance(a: Pointing, b: Pointing): number {
  return Math.hypot(a.screen.x - b.screen.x, a.screen.y - b.screen.y);
}
