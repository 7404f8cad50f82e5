/** Which regions are where: an R-tree over the bounds of a document's regions, in painting order. */
import Flatbush from "flatbush";
import { type Document, paintingOrder, type Region, SUBPIXEL } from "../model/annotation";
import { boundsOf } from "../model/geometry";
import { isInside, nearestEdge } from "../model/nearest";
import type { ImagePoint } from "./viewport";

export class RegionIndex {
  readonly regions: readonly Region[];
  readonly #tree: Flatbush | null = null;

  constructor(document: Document) {
    this.regions = paintingOrder(document);
    if (this.regions.length === 0) return;
    this.#tree = new Flatbush(this.regions.length, 16, Int32Array);
    for (const { rings } of this.regions) {
      const { minX, minY, maxX, maxY } = boundsOf(rings);
      this.#tree.add(minX, minY, maxX, maxY);
    }
    this.#tree.finish();
  }

  /** Regions whose bounds meet the box (photo pixels), in painting order. */
  within(minX: number, minY: number, maxX: number, maxY: number): Region[] {
    const box = [minX, minY, maxX, maxY].map((value) => value * SUBPIXEL) as [number, number, number, number];
    const found = this.#tree?.search(...box) ?? [];
    return found.sort((a, b) => a - b).map((i) => this.regions[i] as Region);
  }

  /** The topmost region at the point, or with its outline within `reach` photo pixels of it. */
  at({ x, y }: ImagePoint, reach: number): Region | null {
    const candidates = this.within(x - reach, y - reach, x + reach, y + reach);
    return (
      candidates.findLast(
        ({ rings }) =>
          isInside(rings, x * SUBPIXEL, y * SUBPIXEL) ||
          nearestEdge(rings, x * SUBPIXEL, y * SUBPIXEL, reach * SUBPIXEL) !== null,
      ) ?? null
    );
  }
}
