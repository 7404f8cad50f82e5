/** Shapes of rings: area, bounds, distances, edits. Units are 1/16 px unless a name says otherwise. */
import { type Region, type Ring, SUBPIXEL } from "./annotation";

export interface Bounds {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Twice the signed area of a ring, in square sub-pixels. */
export function doubleArea(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    sum += at(ring, j) * at(ring, i + 1) - at(ring, i) * at(ring, j + 1);
  }
  return sum;
}

/** Twice the area inside, in square sub-pixels; holes run the other way. */
export function netArea(rings: readonly Ring[]): number {
  return Math.abs(rings.reduce((sum, ring) => sum + doubleArea(ring), 0));
}

/** Area of a ring in square pixels. */
export function areaPx(ring: Ring): number {
  return Math.abs(doubleArea(ring)) / (2 * SUBPIXEL * SUBPIXEL);
}

export function boundsOf(rings: readonly Ring[]): Bounds {
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const x = at(ring, i);
      const y = at(ring, i + 1);
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
  }
  return { minX, minY, maxX, maxY };
}

export function distanceToSegment(
  x: number,
  y: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length2));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Rings moved by whole sub-pixels. */
export function translated(rings: readonly Ring[], dx: number, dy: number): Ring[] {
  return rings.map((ring) => ring.map((value, i) => value + (i % 2 === 0 ? dx : dy)));
}

export function withInsertedVertex(ring: Ring, after: number, x: number, y: number): Ring {
  return ring.toSpliced(2 * after + 2, 0, x, y);
}

/** A point well inside a region for its badge: on the middle row of its bounds, the middle of the widest run inside. */
export function labelPoint(region: Region): readonly [number, number] {
  const { minX, minY, maxX, maxY } = boundsOf(region.rings);
  let best: readonly [number, number] = [(minX + maxX) / 2, (minY + maxY) / 2];
  let widest = 0;
  for (const part of [0.5, 0.35, 0.65]) {
    const y = minY + (maxY - minY) * part + 0.25;
    const crossings: number[] = [];
    for (const ring of region.rings) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const yi = at(ring, i + 1);
        const yj = at(ring, j + 1);
        if (yi > y !== yj > y)
          crossings.push(at(ring, i) + ((y - yi) / (yj - yi)) * (at(ring, j) - at(ring, i)));
      }
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const width = at(crossings, i + 1) - at(crossings, i);
      if (width > widest) {
        widest = width;
        best = [(at(crossings, i) + at(crossings, i + 1)) / 2, y];
      }
    }
  }
  return best;
}

export function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
