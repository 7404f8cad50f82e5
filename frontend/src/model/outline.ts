/** What a drawn outline must be before it becomes a region: simple, free of crossings, large enough. */

import { MAX_RING_VERTICES, type Ring, SUBPIXEL } from "./annotation";
import { areaPx, at, boundsOf } from "./geometry";
import { t } from "./language";
import { simplified } from "./simplify";

const MIN_AREA_PX = 16;
const LENGTH_SHARE = 0.15; // of the outline's length that may go with its loops, however little they enclose
const LOOP_SHARE = 0.03; // a slip of the hand; a larger loop was meant and must be drawn in parts

/** The ring with as few corners as a save takes: simplified by `tolerance`, and by twice as much until they are. */
export function fitting(ring: Ring, tolerance: number): Ring {
  const line = simplified([...ring, at(ring, 0), at(ring, 1)], tolerance).slice(0, -2);
  return line.length / 2 > MAX_RING_VERTICES ? fitting(line, 2 * tolerance) : line;
}

/** Why a ring cannot be a region's outline, in words, or null where it can.
 *
 * @param known rings that it was made from: where they cross or touch themselves, it may, too.
 */
export function ringFault(ring: Ring, known: readonly Ring[] = []): string | null {
  if (ring.length / 2 > MAX_RING_VERTICES)
    return t("An outline has at most %(count)s points. Draw it in parts.", { count: MAX_RING_VERTICES });
  if (isTiny(ring)) return t("That outline is too small to be a region. Draw a larger one.");
  if (addsCrossing(ring, known))
    return t("That outline crosses itself. Draw around the area without crossing.");
  return areaPx(ring) < MIN_AREA_PX
    ? t("That outline is too small to be a region. Draw a larger one.")
    : null;
}

/** What is wrong with the first faulty one of the rings that are new, or null. */
export function faultIn(rings: readonly Ring[], known: readonly Ring[]): string | null {
  return rings.reduce<string | null>(
    (fault, ring) => fault ?? (isKnown(ring, known) ? null : ringFault(ring, known)),
    null,
  );
}

/** Whether it is one of the known rings, there or moved as a whole. */
function isKnown(ring: Ring, known: readonly Ring[]): boolean {
  const isMoved = (other: Ring) =>
    other.every((value, i) => at(ring, i) - value === at(ring, i % 2) - at(other, i % 2));
  return known.some((other) => other.length === ring.length && isMoved(other));
}

/** Whether the ring crosses or touches itself at a place where none of the known ones does. */
function addsCrossing(ring: Ring, known: readonly Ring[]): boolean {
  if (firstCrossing(ring) === null) return false;
  const placesOf = (each: Ring) => [...crossingsOf(each)].map(([, , x, y]) => `${x} ${y}`);
  const before = new Set(known.flatMap(placesOf));
  return placesOf(ring).some((place) => !before.has(place));
}

function isTiny(ring: Ring): boolean {
  if (ring.length < 6) return true;
  const { minX, minY, maxX, maxY } = boundsOf([ring]);
  return (maxX - minX) * (maxY - minY) < MIN_AREA_PX * SUBPIXEL * SUBPIXEL;
}

/** The ring without the small loops of a trembling hand; what crosses itself at large stays as it is. */
export function untangled(ring: Ring): Ring {
  if (ring.length / 2 > MAX_RING_VERTICES) return ring; // it is refused in any case
  let current = ring;
  const least = (1 - LENGTH_SHARE) * lengthOf(ring);
  for (let crossing = firstCrossing(current); crossing !== null; crossing = firstCrossing(current)) {
    const [i, j, x, y] = crossing;
    const inner = [x, y, ...current.slice(2 * i + 2, 2 * j + 2)];
    const outer = [...current.slice(0, 2 * i + 2), x, y, ...current.slice(2 * j + 2)];
    const [kept, loop] = areaPx(inner) > areaPx(outer) ? [inner, outer] : [outer, inner];
    if (areaPx(loop) > LOOP_SHARE * areaPx(kept) || kept.length >= current.length + 2 || kept.length < 6)
      return ring;
    current = withoutRepeats(kept);
    if (lengthOf(current) < least) return ring;
  }
  return current;
}

function lengthOf(ring: Ring): number {
  let length = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    length += Math.hypot(at(ring, next) - at(ring, i), at(ring, next + 1) - at(ring, i + 1));
  }
  return length;
}

/** The ring without vertices that repeat the one before. */
export function withoutRepeats(ring: Ring): Ring {
  return ring.filter((_, i) => {
    const before = (2 * (i >> 1) - 2 + ring.length) % ring.length;
    return at(ring, before) !== at(ring, 2 * (i >> 1)) || at(ring, before + 1) !== at(ring, 2 * (i >> 1) + 1);
  });
}

type Crossing = readonly [i: number, j: number, x: number, y: number];

/** Two edges that are not neighbours and meet, i before j, and the place where; null where the ring is simple. */
export function firstCrossing(ring: Ring): Crossing | null {
  return crossingsOf(ring).next().value ?? null;
}

function* crossingsOf(ring: Ring): Generator<Crossing, undefined> {
  const count = ring.length / 2;
  const edges = Array.from({ length: count }, (_, i) => {
    const j = (i + 1) % count;
    return { i, x0: at(ring, 2 * i), y0: at(ring, 2 * i + 1), x1: at(ring, 2 * j), y1: at(ring, 2 * j + 1) };
  }).sort((a, b) => Math.min(a.x0, a.x1) - Math.min(b.x0, b.x1));
  for (const [m, a] of edges.entries()) {
    const right = Math.max(a.x0, a.x1);
    for (let n = m + 1; n < count; n++) {
      const b = edges[n] as (typeof edges)[number];
      if (Math.min(b.x0, b.x1) > right) break;
      const gap = Math.abs(a.i - b.i);
      if (gap === 1 || gap === count - 1 || !doSegmentsMeet(a, b)) continue;
      const [x, y] = meeting(a, b);
      yield [Math.min(a.i, b.i), Math.max(a.i, b.i), x, y];
    }
  }
}

interface Segment {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

function doSegmentsMeet(a: Segment, b: Segment): boolean {
  if (Math.max(a.y0, a.y1) < Math.min(b.y0, b.y1) || Math.max(b.y0, b.y1) < Math.min(a.y0, a.y1))
    return false;
  return side(a, b.x0, b.y0) * side(a, b.x1, b.y1) <= 0 && side(b, a.x0, a.y0) * side(b, a.x1, a.y1) <= 0;
}

function side({ x0, y0, x1, y1 }: Segment, x: number, y: number): number {
  return Math.sign((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0));
}

function meeting(a: Segment, b: Segment): [number, number] {
  const [adx, ady, bdx, bdy] = [a.x1 - a.x0, a.y1 - a.y0, b.x1 - b.x0, b.y1 - b.y0];
  const cross = adx * bdy - ady * bdx;
  const t = cross === 0 ? 1 : ((b.x0 - a.x0) * bdy - (b.y0 - a.y0) * bdx) / cross;
  return [Math.round(a.x0 + t * adx), Math.round(a.y0 + t * ady)];
}
