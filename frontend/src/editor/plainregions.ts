/** The regions of a document that is only looked at: found one by one, which is quick enough for hundreds. */
import { type Document, paintingOrder, type Region, SUBPIXEL } from "../model/annotation";
import { boundsOf } from "../model/geometry";
import type { Regions } from "./scene";

export class PlainRegions implements Regions {
  readonly regions: readonly Region[];

  constructor(document: Document) {
    this.regions = paintingOrder(document);
  }

  within(minX: number, minY: number, maxX: number, maxY: number): Region[] {
    return this.regions.filter(({ rings }) => {
      const bounds = boundsOf(rings);
      return (
        bounds.minX <= maxX * SUBPIXEL &&
        bounds.maxX >= minX * SUBPIXEL &&
        bounds.minY <= maxY * SUBPIXEL &&
        bounds.maxY >= minY * SUBPIXEL
      );
    });
  }
}
