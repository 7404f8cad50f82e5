/** What the hand holds: vertices and midpoints of the selected region, and the shape being drawn. */
import { SUBPIXEL } from "../model/annotation";
import type { Size } from "../model/raster";
import { strokeBoth } from "./outlines";
import type { Palette } from "./palette";
import type { Cue, Scene } from "./scene";
import { fromGrid, imagePoint, toScreen, type View } from "./viewport";

export const HANDLE_REACH = 9; // CSS pixels; targets are at least 18 px across
const VERTEX_SIDE = 8;
const CLOSEST_HANDLES = 6;
const SHORTEST_WITH_MIDPOINT = 40;

/** Middles of edges that are long enough on screen to be taken hold of: [ring, vertex before it, x, y in screen pixels]. */
export function midpoints(
  rings: readonly (readonly number[])[],
  view: View,
): [number, number, number, number][] {
  const found: [number, number, number, number][] = [];
  for (const [r, ring] of rings.entries()) {
    const count = ring.length / 2;
    for (let i = 0; i < count; i++) {
      const j = (i + 1) % count;
      const a = toScreen(view, fromGrid(ring[2 * i] as number, ring[2 * i + 1] as number));
      const b = toScreen(view, fromGrid(ring[2 * j] as number, ring[2 * j + 1] as number));
      if (Math.hypot(b.x - a.x, b.y - a.y) >= SHORTEST_WITH_MIDPOINT)
        found.push([r, i, (a.x + b.x) / 2, (a.y + b.y) / 2]);
    }
  }
  return found;
}

export function drawHandles(
  context: CanvasRenderingContext2D,
  { selected, selectedCorners, view }: Scene,
  pixelRatio: number,
  palette: Palette,
  canvas: Size,
): void {
  if (!selected) return;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  const half = VERTEX_SIDE / 2;
  const isInSight = (x: number, y: number) =>
    x > -9 && y > -9 && x < canvas.width + 9 && y < canvas.height + 9;
  const squares = new Path2D();
  for (const ring of selected.rings) {
    let last = { x: -1e9, y: -1e9 };
    for (let i = 0; i < ring.length; i += 2) {
      const at = toScreen(view, fromGrid(ring[i] as number, ring[i + 1] as number));
      if (!isInSight(at.x, at.y) || Math.hypot(at.x - last.x, at.y - last.y) < CLOSEST_HANDLES) continue;
      squares.rect(at.x - half, at.y - half, VERTEX_SIDE, VERTEX_SIDE);
      last = at;
    }
  }
  const dots = new Path2D();
  for (const [, , x, y] of midpoints(selected.rings, view)) {
    if (!isInSight(x, y)) continue;
    dots.moveTo(x + 3.5, y);
    dots.arc(x, y, 3.5, 0, 2 * Math.PI);
  }
  paint(context, dots, palette.outlineDark, palette.outlineLight, 0.75);
  paint(context, squares, palette.outlineLight, palette.outlineDark, 1);
  const chosen = new Path2D();
  for (const { ring, vertex } of selectedCorners) {
    const points = selected.rings[ring];
    const at = toScreen(view, fromGrid(points?.[2 * vertex] ?? 0, points?.[2 * vertex + 1] ?? 0));
    chosen.rect(at.x - half - 2, at.y - half - 2, VERTEX_SIDE + 4, VERTEX_SIDE + 4);
  }
  paint(context, chosen, palette.action, palette.outlineDark, 1);
}

function paint(
  context: CanvasRenderingContext2D,
  path: Path2D,
  fill: string,
  line: string,
  alpha: number,
): void {
  context.globalAlpha = alpha;
  context.fillStyle = fill;
  context.fill(path);
  context.strokeStyle = line;
  context.lineWidth = 1.5;
  context.stroke(path);
  context.globalAlpha = 1;
}

/** Where a corner would snap to: a diamond on a corner, a ring on an edge; a frame; or a plus or minus at each click. */
function drawCue(context: CanvasRenderingContext2D, cue: Cue, view: View, palette: Palette): void {
  const mark = new Path2D();
  if (cue.is === "frame") {
    mark.rect(cue.from.x, cue.from.y, cue.to.x - cue.from.x, cue.to.y - cue.from.y);
    return strokeBoth(context, mark, palette, 1);
  }
  if (cue.is === "clicks") {
    for (const click of cue.clicks) {
      const at = toScreen(view, imagePoint(click.x, click.y));
      mark.moveTo(at.x - 6, at.y);
      mark.lineTo(at.x + 6, at.y);
      mark.moveTo(at.x, at.y - (click.isInside ? 6 : 0));
      mark.lineTo(at.x, at.y + (click.isInside ? 6 : 0));
    }
    return strokeBoth(context, mark, palette);
  }
  const { x, y } = toScreen(view, fromGrid(cue.x, cue.y));
  if (cue.onto === "corner") {
    mark.moveTo(x, y - 8);
    for (const [dx, dy] of [
      [8, 0],
      [0, 8],
      [-8, 0],
    ] as const)
      mark.lineTo(x + dx, y + dy);
    mark.closePath();
  } else mark.arc(x, y, 6, 0, 2 * Math.PI);
  strokeBoth(context, mark, palette);
}

export function drawDraft(
  context: CanvasRenderingContext2D,
  { draft, crosshair, brush, cue, view }: Scene,
  pixelRatio: number,
  palette: Palette,
): void {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  if (crosshair) drawCrosshair(context, toScreen(view, crosshair), palette);
  if (brush) drawRing(context, toScreen(view, brush.at), brush.size / 2, palette);
  if (cue) drawCue(context, cue, view, palette);
  if (!draft || draft.line.length === 0) return;
  const line = new Path2D();
  for (let i = 0; i < draft.line.length; i += 2) {
    const x = ((draft.line[i] as number) / SUBPIXEL) * view.scale + view.x;
    const y = ((draft.line[i + 1] as number) / SUBPIXEL) * view.scale + view.y;
    if (i === 0) line.moveTo(x, y);
    else line.lineTo(x, y);
  }
  if (draft.next) {
    const next = toScreen(view, imagePoint(draft.next.x, draft.next.y));
    if (!draft.closes) line.lineTo(next.x, next.y);
  }
  if (draft.closes) line.closePath();
  context.lineJoin = "round";
  if (draft.brush) return drawStroke(context, line, draft.brush, palette);
  strokeBoth(context, line, palette);
  const first = toScreen(view, fromGrid(draft.line[0] as number, draft.line[1] as number));
  const ring = new Path2D();
  ring.arc(first.x, first.y, draft.closes ? 7 : 4.5, 0, 2 * Math.PI);
  paint(context, ring, draft.closes ? palette.action : palette.outlineLight, palette.outlineDark, 1);
}

function drawStroke(context: CanvasRenderingContext2D, line: Path2D, width: number, palette: Palette): void {
  context.lineCap = "round";
  context.lineWidth = width;
  context.globalAlpha = 0.35;
  context.strokeStyle = palette.outlineLight;
  context.stroke(line);
  context.globalAlpha = 1;
  context.lineCap = "butt";
}

function drawRing(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  radius: number,
  palette: Palette,
): void {
  const ring = new Path2D();
  ring.arc(x, y, radius, 0, 2 * Math.PI);
  strokeBoth(context, ring, palette);
}

function drawCrosshair(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  palette: Palette,
): void {
  const cross = new Path2D();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    cross.moveTo(x + dx * 4, y + dy * 4);
    cross.lineTo(x + dx * 14, y + dy * 14);
  }
  strokeBoth(context, cross, palette);
}
