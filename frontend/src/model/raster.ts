/** The one rasterisation rule, as in annotate/core/blurmap.py: a pixel belongs to a region if its centre is inside by
 * even-odd over all rings; a centre exactly on a left or top edge is in, on a right or bottom edge is out.
 *
 * Exact: coordinates are below 2**24, so every product is an integer below 2**52, and a column within the photo is far
 * too small for its quotient to round to a whole number it is not.
 */
import { type Document, IGNORE, paintingOrder, type Region, SUBPIXEL } from "./annotation";

const HALF = SUBPIXEL / 2;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The level of each pixel, row by row; 255 where the base is null and no region was painted. */
export function rasterize(document: Document, { width, height }: Size): Uint8Array {
  const levels = new Uint8Array(width * height);
  paintRows(document, { width, height }, 1, (row, y) => levels.set(row, y * width));
  return levels;
}

/** Share of the photo at each level, and unlabelled last; rows are sampled so that at most `rowLimit` are painted. */
export function levelShares(document: Document, size: Size, levelCount: number, rowLimit = 512): number[] {
  const counts = new Array<number>(levelCount + 1).fill(0);
  let total = 0;
  paintRows(document, size, Math.max(1, Math.floor(size.height / rowLimit)), (row) => {
    for (const level of row)
      counts[Math.min(level, levelCount)] = (counts[Math.min(level, levelCount)] as number) + 1;
    total += row.length;
  });
  return counts.map((count) => count / Math.max(1, total));
}

/** Whether any pixel of the photo is painted with blur. */
export function hasBlur(document: Document, size: Size): boolean {
  let found = false;
  paintRows(document, size, 1, (row) => {
    found ||= row.some((level) => level > 0 && level !== IGNORE);
    return !found;
  });
  return found;
}

/** Whether any pixel of the photo is left without a level. */
export function hasUnlabelled(document: Document, size: Size): boolean {
  if (document.base !== null) return false;
  let found = false;
  paintRows(document, size, 1, (row) => {
    found ||= row.includes(IGNORE);
    return !found;
  });
  return found;
}

/** Paint every `step`-th row, from the middle of the first step on, until `take` answers false. */
function paintRows(
  document: Document,
  { width, height }: Size,
  step: number,
  take: (row: Uint8Array, y: number) => unknown,
): void {
  const painters = paintingOrder(document).map((region) => ({
    level: region.level,
    edges: downEdges(region, height),
  }));
  const row = new Uint8Array(width);
  for (let y = step >> 1; y < height; y += step) {
    row.fill(document.base ?? IGNORE);
    for (const { level, edges } of painters) fillRow(row, edges, y, level);
    if (take(row, y) === false) return;
  }
}

/** An edge that meets rows of pixel centres, turned to point down: `first <= y < last`. */
interface Edge {
  x: number;
  y: number;
  dx: number;
  dy: number;
  first: number;
  last: number;
}

interface Edges {
  list: Edge[]; // by first row
  first: number;
  last: number;
}

const known = new WeakMap<Region, { readonly height: number; readonly edges: Edges }>();

/** The region's edges within the photo's rows; kept, since an edit changes one region of many. */
function downEdges(region: Region, height: number): Edges {
  const kept = known.get(region);
  if (kept?.height === height) return kept.edges;
  const edges = findDownEdges(region, height);
  known.set(region, { height, edges });
  return edges;
}

function findDownEdges(region: Region, height: number): Edges {
  const list: Edge[] = [];
  for (const ring of region.rings) {
    let x = ring.at(-2) as number;
    let y = ring.at(-1) as number;
    for (let i = 0; i < ring.length; i += 2) {
      const nextX = ring[i] as number;
      const nextY = ring[i + 1] as number;
      const first = Math.max(firstCentreFrom(Math.min(y, nextY)), 0);
      const last = Math.min(firstCentreFrom(Math.max(y, nextY)), height);
      if (first < last) {
        const isDown = y < nextY;
        list.push({
          x: isDown ? x : nextX,
          y: isDown ? y : nextY,
          dx: isDown ? nextX - x : x - nextX,
          dy: Math.abs(nextY - y),
          first,
          last,
        });
      }
      x = nextX;
      y = nextY;
    }
  }
  list.sort((a, b) => a.first - b.first);
  return {
    list,
    first: list[0]?.first ?? 0,
    last: list.reduce((last, edge) => Math.max(last, edge.last), 0),
  };
}

/** Index of the first pixel whose centre is at or after the coordinate. */
function firstCentreFrom(coordinate: number): number {
  return Math.ceil((coordinate - HALF) / SUBPIXEL);
}

function fillRow(row: Uint8Array, { list, first, last }: Edges, y: number, level: number): void {
  if (y < first || y >= last) return;
  const columns: number[] = [];
  const centre = y * SUBPIXEL + HALF;
  for (const edge of list) {
    if (edge.first > y) break;
    if (edge.last <= y) continue;
    const meets = (edge.x - HALF) * edge.dy + (centre - edge.y) * edge.dx;
    const column = Math.ceil(meets / (SUBPIXEL * edge.dy));
    columns.push(Math.min(Math.max(column, 0), row.length));
  }
  columns.sort((a, b) => a - b);
  for (let i = 0; i + 1 < columns.length; i += 2) row.fill(level, columns[i], columns[i + 1]);
}
