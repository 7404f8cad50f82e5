/** How sharp a photo is from place to place, as annotate/core/sharpness.py measures and explains it.
 *
 * Sums are of whole numbers below 2**53, so both sides agree to the rounding of the last step.
 */
import type { Pixels } from "./light";
import { lumaOf } from "./noise";
import type { Size } from "./raster";

export const NO_EVIDENCE = 0;
const SHARPEST = 255;
const OCTAVE = 38;
const LEAST_ENERGY = 1;
const NOISE_SHARES = [3920 / 2 ** 16, 11781952 / 2 ** 32] as const;
const TIMES_NOISE = 3;
const WINDOW = 13 / 6;
const BINOMIAL = [1, 4, 6, 4, 1];
const FINE = 16;
const MARGIN = 8;
const BAND = 512;

/** A value for each square of `cell` photo pixels, row by row, the first with its corner at (x, y). */
export interface SharpnessMap {
  readonly x: number;
  readonly y: number;
  readonly cell: number;
  readonly columns: number;
  readonly rows: number;
  /** 255 sharp to 1 blurred by 10 px or more, 0 where there is no evidence. */
  readonly values: Uint8Array;
}

/** The map of a picture; `read` gives rows from `top` to before `bottom`, a band at a time; `noise` is its photo's. */
export function sharpnessMap(
  read: (top: number, bottom: number) => Pixels,
  { width, height }: Size,
  cell: number,
  noise: number,
): SharpnessMap {
  const [columns, rows] = [Math.ceil(width / cell), Math.ceil(height / cell)];
  const [first, second] = [new Float64Array(columns * rows), new Float64Array(columns * rows)];
  const step = Math.max(1, Math.floor(BAND / cell)) * cell;
  for (let top = 0; top < height; top += step) {
    const start = Math.max(0, top - MARGIN);
    const bottom = Math.min(top + step, height);
    const band = read(start, Math.min(bottom + MARGIN, height));
    const once = blurred(lumaOf(band), width, 1, 4);
    addEnergies(once, width, start, top, bottom, cell, first);
    addEnergies(blurred(once, width, 2, 8), width, start, top, bottom, cell, second);
  }
  const shares = NOISE_SHARES.map((share) => share * noise * FINE ** 2) as [number, number];
  const least = Math.max(LEAST_ENERGY * FINE ** 2, TIMES_NOISE * shares[0]) * cell ** 2;
  const covered = pooled(pixelsIn(width, height, cell), columns);
  const [more, less] = [pooled(first, columns), pooled(second, columns)];
  const values = new Uint8Array(columns * rows).map((_, i) => {
    const [energy, area] = [more[i] as number, covered[i] as number];
    if ((first[i] as number) < least || energy < least * 16 ** 2) return NO_EVIDENCE;
    return reading(energy - shares[0] * area, (less[i] as number) - shares[1] * area, WINDOW * cell ** 2);
  });
  return { x: 0, y: 0, cell, columns, rows, values };
}

/** The cells of a map from (column, row) on. */
export function cropped(
  map: SharpnessMap,
  column: number,
  row: number,
  columns: number,
  rows: number,
): SharpnessMap {
  const values = new Uint8Array(columns * rows);
  for (let r = 0; r < rows; r++) {
    const from = (row + r) * map.columns + column;
    values.set(map.values.subarray(from, from + columns), r * columns);
  }
  return { x: map.x + column * map.cell, y: map.y + row * map.cell, cell: map.cell, columns, rows, values };
}

/** The plane under the binomial along both axes, taps `gap` apart, edges repeated; divided by 2**shift, rounded. */
function blurred(plane: Int32Array, width: number, gap: number, shift: number): Int32Array {
  const height = plane.length / width;
  const across = new Int32Array(plane.length);
  const within = (i: number, count: number) => Math.min(Math.max(i, 0), count - 1);
  const at = (i: number) => plane[i] as number;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const i = row + x;
      across[i] =
        x >= 2 * gap && x < width - 2 * gap
          ? at(i - 2 * gap) + at(i + 2 * gap) + 4 * (at(i - gap) + at(i + gap)) + 6 * at(i)
          : at(row + within(x - 2 * gap, width)) +
            at(row + within(x + 2 * gap, width)) +
            4 * (at(row + within(x - gap, width)) + at(row + within(x + gap, width))) +
            6 * at(i);
    }
  }
  const both = new Int32Array(plane.length);
  const half = 1 << (shift - 1);
  for (let y = 0; y < height; y++) {
    const [a, b, c, d, e] = [-2, -1, 0, 1, 2].map((tap) => within(y + tap * gap, height) * width) as [
      number,
      number,
      number,
      number,
      number,
    ];
    for (let x = 0; x < width; x++) {
      const outer = (across[a + x] as number) + (across[e + x] as number);
      const inner = (across[b + x] as number) + (across[d + x] as number);
      both[y * width + x] = (outer + 4 * inner + 6 * (across[c + x] as number) + half) >> shift;
    }
  }
  return both;
}

/** Add the squared differences to the right and the lower neighbour to the cells of rows `top` to before `bottom`. */
function addEnergies(
  plane: Int32Array,
  width: number,
  start: number,
  top: number,
  bottom: number,
  cell: number,
  sums: Float64Array,
): void {
  const height = plane.length / width;
  const columns = Math.ceil(width / cell);
  for (let y = top - start; y < bottom - start; y++) {
    const row = y * width;
    const below = y + 1 < height ? width : 0;
    const cells = Math.floor((y + start) / cell) * columns;
    for (let column = 0, from = 0; column < columns; column++, from += cell) {
      const to = Math.min(from + cell, width);
      let sum = 0;
      for (let x = from; x < to; x++) {
        const here = plane[row + x] as number;
        const across = x + 1 < width ? (plane[row + x + 1] as number) - here : 0;
        const down = (plane[row + x + below] as number) - here;
        sum += across * across + down * down;
      }
      sums[cells + column] = (sums[cells + column] as number) + sum;
    }
  }
}

/** Sums over windows of 5 x 5 cells, weighted by the binomial; beyond the photo there is no energy. */
function pooled(cells: Float64Array, columns: number): Float64Array {
  const rows = cells.length / columns;
  const along = (from: Float64Array, step: number, count: number, placeOf: (i: number) => number) =>
    from.map((_, i) => {
      const place = placeOf(i);
      let sum = 0;
      for (let tap = -2; tap <= 2; tap++) {
        if (place + tap >= 0 && place + tap < count)
          sum += (BINOMIAL[tap + 2] as number) * (from[i + tap * step] as number);
      }
      return sum;
    });
  const down = along(cells, columns, rows, (i) => Math.floor(i / columns));
  return along(down, 1, columns, (i) => i % columns);
}

/** How many pixels of the photo lie in each cell. */
function pixelsIn(width: number, height: number, cell: number): Float64Array {
  const [columns, rows] = [Math.ceil(width / cell), Math.ceil(height / cell)];
  return new Float64Array(columns * rows).map(
    (_, i) =>
      Math.min(cell, width - (i % columns) * cell) * Math.min(cell, height - Math.floor(i / columns) * cell),
  );
}

function reading(first: number, second: number, window: number): number {
  if (first <= second) return NO_EVIDENCE;
  const gain = Math.max((Math.max(first, 1) / Math.max(second, 1)) ** 2 - 1, 0);
  const b = window * gain - 8;
  const u = (8 * window + 32) / Math.max(b + Math.sqrt(b ** 2 + 16 * gain * (window + 4)), 1e-9);
  return Math.min(Math.max(Math.floor(SHARPEST - OCTAVE * Math.log2(u) + 0.5), 1), SHARPEST);
}
