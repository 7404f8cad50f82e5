/** The photo alone at true pixels beside the pointer, whatever the zoom. */
import type { Size } from "../model/raster";
import { OUTLINE, strokeBoth } from "./outlines";
import type { Palette } from "./palette";
import type { Photo } from "./photo";
import { type ImagePoint, toScreen, type View } from "./viewport";

const SIDE = 256; // CSS pixels
const GAP = 28;

/** Draw the loupe at 1:1, or at twice the zoom where the photo is shown at 1:1 or more. */
export function drawLoupe(
  context: CanvasRenderingContext2D,
  photo: Photo,
  at: ImagePoint,
  view: View,
  pixelRatio: number,
  palette: Palette,
  canvas: Size,
): void {
  const zoom = view.scale * pixelRatio;
  const shown = zoom < 0.999 ? 1 : Math.ceil(zoom) * 2;
  const pointer = toScreen(view, at);
  const x = pointer.x + GAP + SIDE > canvas.width ? pointer.x - GAP - SIDE : pointer.x + GAP;
  const y = pointer.y - GAP - SIDE < 0 ? pointer.y + GAP : pointer.y - GAP - SIDE;
  const [left, top, side] = [
    Math.round(x * pixelRatio),
    Math.round(y * pixelRatio),
    Math.round(SIDE * pixelRatio),
  ];
  const crop = side / shown; // photo pixels
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.save();
  context.beginPath();
  context.rect(left, top, side, side);
  context.clip();
  context.fillStyle = palette.surround;
  context.fillRect(left, top, side, side);
  context.imageSmoothingEnabled = false;
  const [cropX, cropY] = [Math.round(at.x - crop / 2), Math.round(at.y - crop / 2)];
  const full = photo.bitmaps[0] as ImageBitmap;
  context.drawImage(full, cropX, cropY, crop, crop, left, top, side, side);
  context.restore();
  const frame = new Path2D();
  frame.rect(left, top, side, side);
  strokeBoth(context, frame, palette, OUTLINE, pixelRatio);
  context.setTransform(pixelRatio, 0, 0, pixelRatio, left, top);
  context.fillStyle = palette.badge;
  context.fillRect(6, 6, 38, 20);
  context.fillStyle = palette.badgeText;
  context.font = `700 12px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(`${shown}:1`, 25, 16);
}
