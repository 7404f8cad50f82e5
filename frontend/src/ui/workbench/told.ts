/** A map as an SVG paints it: one path a region, in pixels of the photo, later ones over earlier ones. */
import { rampStop } from "../../editor/palette";
import { type Document, SUBPIXEL } from "../../model/annotation";

export interface Painted {
  /** The stop of the ramp for the part below all regions; null where it has no level. */
  readonly base: number | null;
  readonly regions: readonly { readonly id: string; readonly path: string; readonly stop: number }[];
}

/** What to paint for a document of a project with so many levels. */
export function painted(document: Document, levelCount: number): Painted {
  const stop = (level: number) => rampStop(level, levelCount);
  return {
    base: document.base === null ? null : stop(document.base),
    regions: document.regions.map(({ id, level, rings }) => ({
      id,
      path: rings.map(pathOf).join(""),
      stop: stop(level),
    })),
  };
}

function pathOf(ring: readonly number[]): string {
  const corners = Array.from(
    { length: ring.length / 2 },
    (_, i) => `${(ring[2 * i] ?? 0) / SUBPIXEL} ${(ring[2 * i + 1] ?? 0) / SUBPIXEL}`,
  );
  return `M${corners.join("L")}Z`;
}
