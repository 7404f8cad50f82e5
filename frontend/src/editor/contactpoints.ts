/** Which points of an atlas show their photo: few enough to see them all, and the same ones while one moves about. */
import { LEFT_OUT, type Points, SIDE } from "../model/atlas";
import type { Size } from "../model/raster";
import type { View } from "./viewport";

/** CSS pixels of a picture. */
export const PICTURE: Size = { width: 84, height: 56 };
const GAP = 6;

/** The points that show their photo, one at most in each cell of a grid that lies on the atlas; none covers another. */
export function pictured(points: Points, view: View, canvas: Size): number[] {
  const cells = 2 ** Math.floor(Math.log2((SIDE * view.scale) / (PICTURE.width + GAP)));
  const unit = SIDE / cells;
  const nearest = new Map<number, [point: number, distance: number]>();
  for (let i = 0; i < points.count; i++) {
    const x = points.x[i] as number;
    const y = points.y[i] as number;
    const [left, top] = [x * view.scale + view.x, y * view.scale + view.y];
    if (points.codes[i] === LEFT_OUT || left < 0 || top < 0 || left > canvas.width || top > canvas.height)
      continue;
    const [column, row] = [Math.floor(x / unit), Math.floor(y / unit)];
    const distance = Math.hypot(x - (column + 0.5) * unit, y - (row + 0.5) * unit);
    const cell = row * cells + column;
    const known = nearest.get(cell);
    if (!known || distance < known[1]) nearest.set(cell, [i, distance]);
  }
  const shown: number[] = [];
  for (const [point] of [...nearest.values()].sort(([, a], [, b]) => a - b))
    if (shown.every((other) => areApart(points, view, point, other))) shown.push(point);
  return shown;
}

function areApart({ x, y }: Points, view: View, a: number, b: number): boolean {
  const dx = Math.abs((x[a] as number) - (x[b] as number)) * view.scale;
  const dy = Math.abs((y[a] as number) - (y[b] as number)) * view.scale;
  return dx >= PICTURE.width + GAP || dy >= PICTURE.height + GAP;
}
