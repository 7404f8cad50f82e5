/** Outlines as a double stroke, dark and light, so that they show on any photo; the level as a digit in a badge. */
import type { Region, Ring } from "../model/annotation";
import { areaPx, labelPoint } from "../model/geometry";
import type { Size } from "../model/raster";
import { type Palette, rampStop } from "./palette";
import { outlineOf } from "./shapes";
import { fromGrid } from "./viewport";

type Context = CanvasRenderingContext2D;

export const OUTLINE = 1.5; // CSS pixels of the light line; the dark one shows 1 px on either side
export const BADGE = 18;
const SMALLEST_WITH_BADGE = 26; // CSS pixels of the square root of the region's area

const badgePlaces = new WeakMap<Region, readonly [number, number]>();

/** How the photo lies on the device: its corner on a whole pixel, `zoom` device pixels a photo pixel. */
export interface Lie {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly pixelRatio: number;
}

/** Draw in photo pixels from here on. */
export function enterPhoto(context: Context, { x, y, zoom }: Lie): void {
  context.setTransform(zoom, 0, 0, zoom, x, y);
}

/** Stroke the path dark, and light on the middle of it; `unit` is a CSS pixel in the context's own. */
export function strokeBoth(
  context: Context,
  path: Path2D,
  palette: Palette,
  width = OUTLINE,
  unit = 1,
): void {
  context.strokeStyle = palette.outlineDark;
  context.lineWidth = (width + 2) * unit;
  context.stroke(path);
  context.strokeStyle = palette.outlineLight;
  context.lineWidth = width * unit;
  context.stroke(path);
}

export function strokeRegion(
  context: Context,
  region: Region,
  lie: Lie,
  palette: Palette,
  width = OUTLINE,
): void {
  enterPhoto(context, lie);
  context.lineJoin = "round";
  strokeBoth(context, outlineOf(region, lie.zoom), palette, width, lie.pixelRatio / lie.zoom);
}

/** The level's digit over its colour, on the widest part of the region, where there is room for it. */
export function drawBadge(
  context: Context,
  region: Region,
  lie: Lie,
  palette: Palette,
  levelCount: number,
): void {
  const extent = (Math.sqrt(areaPx(region.rings[0] as Ring)) * lie.zoom) / lie.pixelRatio;
  if (extent < SMALLEST_WITH_BADGE) return;
  const place = badgePlaces.get(region) ?? labelPoint(region);
  badgePlaces.set(region, place);
  const at = fromGrid(...place);
  context.setTransform(
    lie.pixelRatio,
    0,
    0,
    lie.pixelRatio,
    lie.x + at.x * lie.zoom,
    lie.y + at.y * lie.zoom,
  );
  drawLevel(context, region.level, palette, levelCount);
}

/** Frame a photo all of which has a level, with the badge in its corner. */
export function frameWhole(
  context: Context,
  level: number,
  photo: Size,
  lie: Lie,
  palette: Palette,
  levelCount: number,
): void {
  const frame = new Path2D();
  frame.rect(0, 0, photo.width, photo.height);
  enterPhoto(context, lie);
  strokeBoth(context, frame, palette, OUTLINE, lie.pixelRatio / lie.zoom);
  const inside = BADGE * lie.pixelRatio;
  context.setTransform(lie.pixelRatio, 0, 0, lie.pixelRatio, lie.x + inside, lie.y + inside);
  drawLevel(context, level, palette, levelCount);
}

/** The digit over its colour, around the context's origin. */
function drawLevel(context: Context, level: number, palette: Palette, levelCount: number): void {
  context.fillStyle = palette.badge;
  context.beginPath();
  context.roundRect(-BADGE / 2, -BADGE / 2, BADGE, BADGE, 4);
  context.fill();
  context.fillStyle = palette.ramp[rampStop(level, levelCount)] as string;
  context.fillRect(-BADGE / 2 + 3, BADGE / 2 - 5, BADGE - 6, 2);
  context.fillStyle = palette.badgeText;
  context.font = `700 12px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(String(level), 0, -1);
}
