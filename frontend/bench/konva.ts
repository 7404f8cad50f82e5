/** The same scene in Konva, after its own advice on speed: layers apart for photo, outlines and what is dragged; nothing
 * listens; no perfect drawing; and the smallest bitmap of the pyramid that serves the zoom.
 */
import Konva from "konva/lib/Core";
import { Image as KonvaImage } from "konva/lib/shapes/Image";
import { Line } from "konva/lib/shapes/Line";
import { BADGE, OUTLINE } from "../src/editor/outlines";
import { rampStop, readPalette } from "../src/editor/palette";
import { bitmapFor } from "../src/editor/photo";
import { type Region, SUBPIXEL } from "../src/model/annotation";
import { labelPoint } from "../src/model/geometry";
import { CANVAS, drive, makeDocument, makePhoto } from "./scene";

const frame = document.getElementById("frame") as HTMLDivElement;
const palette = readPalette(frame);
const photo = await makePhoto();
const { regions } = makeDocument();
const stage = new Konva.Stage({ container: frame, ...CANVAS });
const quiet = { listening: false, perfectDrawEnabled: false, shadowForStrokeEnabled: false } as const;
const [below, outlines, hand] = [0, 1, 2].map(() => new Konva.Layer({ listening: false })) as [
  Konva.Layer,
  Konva.Layer,
  Konva.Layer,
];
stage.add(below, outlines, hand);
const picture = new KonvaImage({
  image: photo.bitmaps[0],
  width: photo.width,
  height: photo.height,
  ...quiet,
});
below.add(picture);

/** Dark line, light line and badge of a region, widths in screen pixels. */
function shapesOf(region: Region): (Konva.Shape | Line)[] {
  const points = (region.rings[0] as number[]).map((value) => value / SUBPIXEL);
  const [x, y] = labelPoint(region).map((value) => value / SUBPIXEL) as [number, number];
  const line = (stroke: string, strokeWidth: number) =>
    new Line({
      points,
      stroke,
      strokeWidth,
      closed: true,
      lineJoin: "round",
      strokeScaleEnabled: false,
      ...quiet,
    });
  const badge = new Konva.Shape({
    x,
    y,
    ...quiet,
    sceneFunc: (context) => drawBadge(context._context, region.level),
  });
  return [line(palette.outlineDark, OUTLINE + 2), line(palette.outlineLight, OUTLINE), badge];
}

function drawBadge(context: CanvasRenderingContext2D, level: number): void {
  const scale = 1 / stage.scaleX();
  context.scale(scale, scale);
  context.fillStyle = palette.badge;
  context.beginPath();
  context.roundRect(-BADGE / 2, -BADGE / 2, BADGE, BADGE, 4);
  context.fill();
  context.fillStyle = palette.ramp[rampStop(level, 4)] as string;
  context.fillRect(-BADGE / 2 + 3, BADGE / 2 - 5, BADGE - 6, 2);
  context.fillStyle = palette.badgeText;
  context.font = `700 12px ${palette.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(String(level), 0, -1);
}

const shapes = regions.map(shapesOf);
for (const shape of shapes.flat()) outlines.add(shape);

function look(scale: number): void {
  stage.scale({ x: scale, y: scale });
  stage.position({
    x: (CANVAS.width - photo.width * scale) / 2,
    y: (CANVAS.height - photo.height * scale) / 2,
  });
  picture.image(bitmapFor(photo, scale));
}

const middle = Math.floor(regions.length / 2);
const held = shapes[middle] as (Konva.Shape | Line)[];
const lines = held.filter((shape) => shape instanceof Line);
const points = ((regions[middle] as Region).rings[0] as number[]).map((value) => value / SUBPIXEL);

drive({
  fit: () => look(Math.min((CANVAS.width - 48) / photo.width, (CANVAS.height - 48) / photo.height)),
  trueSize: () => look(1),
  pan: (dx, dy) => stage.position({ x: stage.x() + dx, y: stage.y() + dy }),
  grab: () => {
    for (const shape of held) shape.moveTo(hand);
  },
  dragTo: (dx, dy) => {
    const moved = points.with(0, (points[0] as number) + dx).with(1, (points[1] as number) + dy);
    for (const line of lines) line.points(moved);
  },
  drop: () => {
    for (const line of lines) line.points(points);
    for (const shape of held) shape.moveTo(outlines);
  },
});
