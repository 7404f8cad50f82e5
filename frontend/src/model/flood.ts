/** The sharpness wand: what is as sharp as a place and hangs together with it, as rings. */
import { type Ring, SUBPIXEL } from "./annotation";
import { areaPx } from "./geometry";
import { fitting } from "./outline";
import { NO_EVIDENCE, type SharpnessMap } from "./sharpness";
import { thinned } from "./thinning";

const REACH = 3; // one more than the cells without evidence that the flood steps over
const LEAST_CELLS = 24; // smaller islands and holes are left out
const LOST = 0.015; // of the area, for fewer corners

/** Which cells are within `tolerance` of the sharpness at a cell and hang together with it; null where that place tells nothing.
 *
 * Cells without evidence are taken only where they are enclosed: gaps of up to two cells between taken ones, and holes that
 * touch neither the photo's border nor any cell of another sharpness.
 */
export function flooded(
  { columns, rows, values }: SharpnessMap,
  column: number,
  row: number,
  tolerance: number,
): Uint8Array | null {
  const seed = seedValue(values, columns, rows, column, row);
  if (seed === null) return null;
  const fits = (i: number) =>
    values[i] !== NO_EVIDENCE && Math.abs((values[i] as number) - seed) <= tolerance;
  const taken = new Uint8Array(values.length);
  const open: number[] = [];
  const take = (i: number) => {
    if (taken[i] || !fits(i)) return;
    taken[i] = 1;
    open.push(i);
  };
  near(column, row, columns, rows, 1, take);
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    near(i % columns, Math.floor(i / columns), columns, rows, REACH, take);
  }
  closeGaps(taken, values, columns, rows);
  fillHoles(taken, values, columns, rows);
  return taken;
}

/** The median of what a cell and its neighbours say, or null where none says anything. */
function seedValue(
  values: Uint8Array,
  columns: number,
  rows: number,
  column: number,
  row: number,
): number | null {
  const found: number[] = [];
  near(column, row, columns, rows, 1, (i) => {
    if (values[i] !== NO_EVIDENCE) found.push(values[i] as number);
  });
  return found.sort((a, b) => a - b)[found.length >> 1] ?? null;
}

function near(
  column: number,
  row: number,
  columns: number,
  rows: number,
  reach: number,
  visit: (cell: number) => void,
): void {
  for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++) {
    for (let c = Math.max(0, column - reach); c <= Math.min(columns - 1, column + reach); c++)
      visit(r * columns + c);
  }
}

/** Take cells without evidence that lie between taken ones: grown by one, then shrunk by one. */
function closeGaps(taken: Uint8Array, values: Uint8Array, columns: number, rows: number): void {
  const any = (mask: Uint8Array, wanted: number) =>
    mask.map((_, i) => {
      let found = 0;
      near(i % columns, Math.floor(i / columns), columns, rows, 1, (n) => {
        if (mask[n] === wanted) found = 1;
      });
      return found;
    });
  const grown = any(taken, 1);
  const isBeside = any(grown, 0);
  for (let i = 0; i < taken.length; i++) {
    if (grown[i] && !isBeside[i] && values[i] === NO_EVIDENCE) taken[i] = 1;
  }
}

/** Take islands without evidence whose every neighbour is taken. */
function fillHoles(taken: Uint8Array, values: Uint8Array, columns: number, rows: number): void {
  const seen = new Uint8Array(taken);
  for (let start = 0; start < taken.length; start++) {
    if (seen[start] || values[start] !== NO_EVIDENCE) continue;
    const hole = [start];
    seen[start] = 1;
    let isEnclosed = true;
    for (let at = 0; at < hole.length; at++) {
      const i = hole[at] as number;
      const [c, r] = [i % columns, Math.floor(i / columns)];
      isEnclosed &&= c > 0 && r > 0 && c < columns - 1 && r < rows - 1;
      for (const n of [i - 1, i + 1, i - columns, i + columns]) {
        if (
          n < 0 ||
          n >= taken.length ||
          (Math.abs(n - i) === 1 && Math.floor(n / columns) !== r) ||
          taken[n]
        )
          continue;
        if (values[n] !== NO_EVIDENCE) isEnclosed = false;
        else if (!seen[n]) {
          seen[n] = 1;
          hole.push(n);
        }
      }
    }
    if (isEnclosed) for (const i of hole) taken[i] = 1;
  }
}

/** The borders of the taken cells as rings in 1/16 px, smoothed to a cell, with few corners; none reaches beyond the photo. */
export function ringsOf(
  taken: Uint8Array,
  { columns, rows, cell }: Pick<SharpnessMap, "columns" | "rows" | "cell">,
  width: number,
  height: number,
): Ring[] {
  const isIn = (c: number, r: number) =>
    c >= 0 && r >= 0 && c < columns && r < rows && taken[r * columns + c] === 1;
  const corner = (c: number, r: number) => r * (columns + 1) + c;
  const nexts = new Map<number, number[]>(); // from each corner, the ends of borders that keep the taken cells on their right
  const add = (from: number, to: number) => nexts.set(from, [...(nexts.get(from) ?? []), to]);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      if (!isIn(c, r)) continue;
      if (!isIn(c, r - 1)) add(corner(c, r), corner(c + 1, r));
      if (!isIn(c + 1, r)) add(corner(c + 1, r), corner(c + 1, r + 1));
      if (!isIn(c, r + 1)) add(corner(c + 1, r + 1), corner(c, r + 1));
      if (!isIn(c - 1, r)) add(corner(c, r + 1), corner(c, r));
    }
  }
  const x = (at: number) => Math.min((at % (columns + 1)) * cell, width) * SUBPIXEL;
  const y = (at: number) => Math.min(Math.floor(at / (columns + 1)) * cell, height) * SUBPIXEL;
  const rings: Ring[] = [];
  for (const [start] of nexts) {
    for (let at = nexts.get(start)?.pop(); at !== undefined; at = nexts.get(start)?.pop()) {
      const ring = [x(start), y(start)];
      while (at !== start) {
        ring.push(x(at), y(at));
        at = nexts.get(at)?.pop() as number;
      }
      if (areaPx(ring) >= LEAST_CELLS * cell ** 2) rings.push(fitting(ring, cell * SUBPIXEL));
    }
  }
  return thinned(
    rings.filter((ring) => ring.length >= 6),
    LOST,
  );
}
