/** Notes pinned on the photo, as numbered flags. */
import type { Lie } from "./outlines";
import type { Palette } from "./palette";
import type { Pin } from "./scene";

const RADIUS = 10; // CSS pixels
const STEM = 8;

export function drawPin(
  context: CanvasRenderingContext2D,
  { at, number }: Pin,
  { x, y, zoom, pixelRatio }: Lie,
  palette: Palette,
): void {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, x + at.x * zoom, y + at.y * zoom);
  const shape = new Path2D();
  shape.moveTo(0, 0);
  shape.lineTo(-5, -STEM);
  shape.arc(0, -STEM - RADIUS + 2, RADIUS, Math.PI * 0.66, Math.PI * 2.34);
  shape.closePath();
  context.fillStyle = palette.action;
  context.strokeStyle = palette.badge;
  context.lineWidth = 1.5;
  context.fill(shape);
  context.stroke(shape);
  context.fillStyle = palette.badge;
  context.font = `700 12px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(String(number), 0, -STEM - RADIUS + 2.5);
}
