/** Whether a save takes a document, as annotate/core/regions.py decides. */
import {
  type Document,
  MAX_REGIONS,
  MAX_RING_VERTICES,
  MAX_VERTICES,
  type Ring,
  SUBPIXEL,
  vertexCount,
} from "./annotation";

const MAX_OUTLINE_ROWS = 10_000_000; // rows crossed by all edges together

/** Whether a save takes so many regions, so many corners, and outlines that run up and down so far. */
export function isWithinLimits({ regions }: Document): boolean {
  const rings = regions.flatMap((region) => region.rings);
  return (
    regions.length <= MAX_REGIONS &&
    vertexCount(regions) <= MAX_VERTICES &&
    rings.every((ring) => ring.length / 2 <= MAX_RING_VERTICES) &&
    rings.reduce((rows, ring) => rows + climb(ring), 0) <= SUBPIXEL * MAX_OUTLINE_ROWS
  );
}

/** How far a walk round the ring goes up and down. */
function climb(ring: Ring): number {
  let [rows, before] = [0, ring.at(-1) ?? 0];
  for (let i = 1; i < ring.length; i += 2) {
    const y = ring[i] as number;
    rows += Math.abs(y - before);
    before = y;
  }
  return rows;
}
