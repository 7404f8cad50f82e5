/** Union and difference of regions with a brush stroke. Runs in a worker only: the library is as large as the editor. */
import {
  Clipper64,
  ClipperOffset,
  ClipType,
  EndType,
  FillRule,
  JoinType,
  type Path64,
  type Paths64,
  PathType,
} from "clipper2-ts";
import type { Ring } from "./annotation";
import { areaPx, doubleArea } from "./geometry";
import { fitting } from "./outline";

const TOLERANCE = 8; // 1/16 px: half a pixel
export const MIN_AREA_PX = 16;

/** The outline of a line drawn with a round brush. `line` is flat, all in 1/16 px. */
export function strokeRings(line: Ring, radius: number): Ring[] {
  const offset = new ClipperOffset(2, TOLERANCE / 4);
  offset.addPath(toPath(line), JoinType.Round, EndType.Round);
  const outline: Paths64 = [];
  offset.execute(radius, outline);
  return tidied(outline);
}

/** What is inside either, by even-odd. */
export function union(rings: readonly Ring[], others: readonly Ring[]): Ring[] {
  return tidied(clipped(ClipType.Union, rings, others));
}

/** What is inside `rings` and not inside `others`, by even-odd; `rings` themselves where the others take nothing. */
export function difference(rings: readonly Ring[], others: readonly Ring[]): readonly Ring[] {
  const taken = clipped(ClipType.Intersection, rings, others);
  return taken.length === 0 ? rings : tidied(clipped(ClipType.Difference, rings, others));
}

/** The first target made one with all that touch it, and the indices of those, its own first. */
export function joined(targets: readonly (readonly Ring[])[]): { rings: readonly Ring[]; taken: number[] } {
  let rings = targets[0] ?? [];
  const taken = [0];
  const open = targets.map((_, i) => i).slice(1);
  for (let found = true; found; ) {
    const index = open.findIndex((i) => doTouch(rings, targets[i] as readonly Ring[]));
    found = index >= 0;
    const [target] = found ? open.splice(index, 1) : [];
    if (target !== undefined) {
      rings = union(rings, targets[target] as readonly Ring[]);
      taken.push(target);
    }
  }
  return { rings, taken };
}

/** Whether two regions overlap or share a border: together they are fewer bodies than each for itself. */
function doTouch(a: readonly Ring[], b: readonly Ring[]): boolean {
  return bodyCount(union(a, b)) < bodyCount(union(a, [])) + bodyCount(union(b, []));
}

/** Outlines of a union; the library runs them one way and holes the other. */
function bodyCount(rings: readonly Ring[]): number {
  return rings.filter((ring) => doubleArea(ring) > 0).length;
}

function clipped(type: ClipType, rings: readonly Ring[], others: readonly Ring[]): Paths64 {
  const clipper = new Clipper64();
  clipper.addPaths(rings.map(toPath), PathType.Subject);
  clipper.addPaths(others.map(toPath), PathType.Clip);
  const result: Paths64 = [];
  clipper.execute(type, FillRule.EvenOdd, result);
  return result;
}

/** Rings without crumbs, and without vertices that nobody would see missing. */
function tidied(paths: Paths64): Ring[] {
  return paths.map(toRing).filter((ring) => ring.length >= 6 && areaPx(ring) >= MIN_AREA_PX);
}

export function toPath(ring: Ring): Path64 {
  const path: Path64 = [];
  for (let i = 0; i < ring.length; i += 2) path.push({ x: ring[i] as number, y: ring[i + 1] as number });
  return path;
}

function toRing(path: Path64): Ring {
  const ring = path.flatMap(({ x, y }) => [Math.round(x), Math.round(y)]);
  return ring.length < 16 ? ring : fitting(ring, TOLERANCE / 2);
}
