/** What of a shape lies at a point or near it. Units are 1/16 px. */
import type { Ring } from "./annotation";
import { at, distanceToSegment } from "./geometry";

/** Whether the point is inside by even-odd over all rings. */
export function isInside(rings: readonly Ring[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const yi = at(ring, i + 1);
      const yj = at(ring, j + 1);
      if (yi > y !== yj > y && x < ((at(ring, j) - at(ring, i)) * (y - yi)) / (yj - yi) + at(ring, i))
        inside = !inside;
    }
  }
  return inside;
}

/** The place of a vertex or an edge: ring index, and vertex index (an edge goes from that vertex to the next). */
export interface Place {
  readonly ring: number;
  readonly vertex: number;
  readonly distance: number;
}

/** The vertex nearest to the point, or null where none is within `reach`. */
export function nearestVertex(rings: readonly Ring[], x: number, y: number, reach: number): Place | null {
  let best: Place | null = null;
  for (const [r, ring] of rings.entries()) {
    for (let i = 0; i < ring.length; i += 2) {
      const distance = Math.hypot(at(ring, i) - x, at(ring, i + 1) - y);
      if (distance <= (best?.distance ?? reach)) best = { ring: r, vertex: i / 2, distance };
    }
  }
  return best;
}

/** The edge nearest to the point, or null where none is within `reach`. */
export function nearestEdge(rings: readonly Ring[], x: number, y: number, reach: number): Place | null {
  let best: Place | null = null;
  for (const [r, ring] of rings.entries()) {
    const count = ring.length / 2;
    for (let i = 0; i < count; i++) {
      const j = (i + 1) % count;
      const distance = distanceToSegment(
        x,
        y,
        at(ring, 2 * i),
        at(ring, 2 * i + 1),
        at(ring, 2 * j),
        at(ring, 2 * j + 1),
      );
      if (distance <= (best?.distance ?? reach)) best = { ring: r, vertex: i, distance };
    }
  }
  return best;
}
