/** A region cut along a line, without a gap and without an overlap. Runs in a worker only, as boolean.ts does. */
import {
  Clipper64,
  ClipperOffset,
  ClipType,
  EndType,
  FillRule,
  JoinType,
  type Paths64,
  PathType,
  type PolyPath64,
  PolyTree64,
} from "clipper2-ts";
import type { Ring } from "./annotation";
import { MIN_AREA_PX, toPath } from "./boolean";
import { at, boundsOf, distanceToSegment, netArea } from "./geometry";

const KNIFE = 4; // 1/16 px on either side of the line: so much of it must be inside to cut
const SMALLEST = 2 * MIN_AREA_PX * 256; // as doubleArea counts

type Rings = readonly Ring[];

/** What a line makes of a region, the largest part first; one part where it does not cut.
 *
 * @param reach by how much each end of the line is drawn out, so that one that all but reaches the outline cuts too.
 */
export function split(rings: Rings, line: Ring, reach = 0): Rings[] {
  const [longer, bodies] = [drawnOut(line, reach), bodiesOf(ClipType.Union, rings, [])];
  const cut = bodies.map((body) => partsOf(body, longer));
  const parts = cut.filter((each) => each.length > 1).flat();
  const [largest, ...others] = parts.sort((a, b) => netArea(b) - netArea(a));
  if (!largest) return [rings];
  return [[...largest, ...cut.filter((each) => each.length === 1).flat(2)], ...others];
}

/** The parts of one connected body. The line's own side of the plane gives exact pieces, but its far end may cut where
 * nobody drew; what the line alone tears apart says which pieces are one part.
 */
function partsOf(body: Rings, line: Ring): Rings[] {
  const torn = bodiesOf(ClipType.Difference, body, knifeOf(line)).filter((part) => netArea(part) >= SMALLEST);
  if (torn.length < 2) return [body];
  const side = [sideOf(line, body)];
  const pieces = [
    ...bodiesOf(ClipType.Intersection, body, side),
    ...bodiesOf(ClipType.Difference, body, side),
  ];
  const parts: Rings[][] = torn.map(() => []);
  for (const piece of pieces) {
    const shared = torn.map((part) => bodiesOf(ClipType.Intersection, piece, part).reduce(addArea, 0));
    parts[shared.indexOf(Math.max(...shared))]?.push(piece);
  }
  const whole = parts
    .filter((each) => each.length > 0)
    .map((each) => bodiesOf(ClipType.Union, each.flat(), []).flat());
  return whole.map((part) => withoutSeams(part, [...body, ...whole.filter((each) => each !== part).flat()]));
}

/** The part without corners on straight edges that are neither the body's nor another part's: the seams of its pieces. */
function withoutSeams(part: Rings, known: Rings): Rings {
  const corners = new Set(known.flatMap((ring) => ring.map((_, i) => cornerOf(ring, i & ~1))));
  return part.map((ring) => {
    let kept = ring; // one corner at a time: of two that lie close together each alone may seem straight
    for (let i = ring.length - 2; i >= 0; i -= 2)
      if (!corners.has(cornerOf(kept, i)) && isStraight(kept, i)) kept = kept.toSpliced(i, 2);
    return kept;
  });
}

function cornerOf(ring: Ring, i: number): string {
  return `${ring[i]} ${ring[i + 1]}`;
}

/** Whether the outline goes on as before at the corner whose x stands at `i`, to the grid. */
function isStraight(ring: Ring, i: number): boolean {
  const [before, after] = [(i - 2 + ring.length) % ring.length, (i + 2) % ring.length];
  const [x, y] = [at(ring, i), at(ring, i + 1)];
  const ends = [before, before + 1, after, after + 1].map((place) => at(ring, place));
  return distanceToSegment(x, y, ...(ends as [number, number, number, number])) <= 1;
}

const addArea = (sum: number, rings: Rings) => sum + netArea(rings);

function drawnOut(line: Ring, reach: number): Ring {
  const end = line.length - 2;
  const beyond = (x0: number, y0: number, x1: number, y1: number) => {
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    return [Math.round(x1 + ((x1 - x0) * reach) / length), Math.round(y1 + ((y1 - y0) * reach) / length)];
  };
  if (reach === 0 || end < 2) return line;
  return [
    ...beyond(at(line, 2), at(line, 3), at(line, 0), at(line, 1)),
    ...line,
    ...beyond(at(line, end - 2), at(line, end - 1), at(line, end), at(line, end + 1)),
  ];
}

function knifeOf(line: Ring): Ring[] {
  const offset = new ClipperOffset();
  offset.addPath(toPath(line), JoinType.Miter, EndType.Butt);
  const outline: Paths64 = [];
  offset.execute(KNIFE, outline);
  return outline.map((path) => path.flatMap(({ x, y }) => [x, y]));
}

/** One side of the line: a polygon from it to a corner far off the body. */
function sideOf(line: Ring, body: Rings): Ring {
  const { minX, minY, maxX, maxY } = boundsOf([...body, line]);
  const [dx, dy] = [at(line, line.length - 2) - at(line, 0), at(line, line.length - 1) - at(line, 1)];
  const far = (2 * (maxX - minX + maxY - minY)) / (Math.hypot(dx, dy) || 1);
  return [...line, Math.round(at(line, 0) - dy * far), Math.round(at(line, 1) + dx * far)];
}

/** The connected bodies of what a boolean operation gives, each an outline with its holes. */
function bodiesOf(type: ClipType, rings: Rings, others: Rings): Ring[][] {
  const clipper = new Clipper64();
  clipper.addPaths(rings.map(toPath), PathType.Subject);
  clipper.addPaths(others.map(toPath), PathType.Clip);
  const tree = new PolyTree64();
  clipper.execute(type, FillRule.EvenOdd, tree);
  return outlinesIn(tree);
}

function outlinesIn(parent: PolyPath64): Ring[][] {
  return childrenOf(parent).flatMap((outline) => {
    const holes = childrenOf(outline);
    return [[outline, ...holes].map(ringOf), ...holes.flatMap(outlinesIn)];
  });
}

function childrenOf(path: PolyPath64): PolyPath64[] {
  return Array.from({ length: path.count }, (_, i) => path.child(i));
}

function ringOf({ poly }: PolyPath64): Ring {
  return (poly ?? []).flatMap(({ x, y }) => [Math.round(x), Math.round(y)]);
}
