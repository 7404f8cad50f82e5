/** How many levels lie between two documents, place by place: the ramp's colours and a hatch that is denser the more. */
import type { Document, Region } from "../model/annotation";
import type { Size } from "../model/raster";
import { enterPhoto, type Lie } from "./outlines";
import { type Palette, rampStop } from "./palette";
import type { Box } from "./scrolllayer";
import { outlineOf } from "./shapes";

type Context = CanvasRenderingContext2D;

/** One side: a document and its regions that may show, in painting order. */
export interface Side {
  readonly document: Document;
  readonly regions: readonly Region[];
  /** Where it says nothing, whatever the document says. */
  readonly unjudged?: readonly Region[];
}

/** Paint where both sides give a level and not the same; where one gives none there is nothing to compare. */
export function paintDifference(
  context: Context,
  sides: readonly [Side, Side],
  photo: Size,
  lie: Lie,
  box: Box,
  palette: Palette,
  levelCount: number,
): void {
  const [one, other] = sides.map((side) => greys(side, photo, lie, box, levelCount)) as [Context, Context];
  one.setTransform(1, 0, 0, 1, 0, 0);
  one.globalCompositeOperation = "difference";
  one.drawImage(other.canvas, 0, 0);
  const pixels = one.getImageData(0, 0, box.width, box.height);
  const at = { x: box.x - lie.x, y: box.y - lie.y, pixelRatio: lie.pixelRatio };
  colour(pixels, at, rampOf(palette, levelCount), levelCount);
  one.putImageData(pixels, 0, 0);
  context.drawImage(one.canvas, box.x, box.y);
}

/** A side in the box: red says the level, green that there is one. */
function greys(
  { document: { base }, regions, unjudged = [] }: Side,
  photo: Size,
  lie: Lie,
  box: Box,
  levelCount: number,
): Context {
  const canvas = document.createElement("canvas");
  canvas.width = box.width;
  canvas.height = box.height;
  const context = canvas.getContext("2d", { willReadFrequently: true }) as Context;
  const style = (level: number | null) =>
    level === null ? "rgb(0 0 0)" : `rgb(${stepOf(levelCount) * level} 255 0)`;
  context.fillStyle = style(null);
  context.fillRect(0, 0, box.width, box.height);
  enterPhoto(context, { ...lie, x: lie.x - box.x, y: lie.y - box.y });
  const whole = new Path2D();
  whole.rect(0, 0, photo.width, photo.height);
  context.clip(whole);
  context.fillStyle = style(base);
  context.fill(whole);
  for (const region of regions) {
    context.fillStyle = style(region.level);
    context.fill(outlineOf(region, lie.zoom), "evenodd");
  }
  context.fillStyle = style(null);
  for (const region of unjudged) context.fill(outlineOf(region, lie.zoom), "evenodd");
  return context;
}

function stepOf(levelCount: number): number {
  return Math.floor(255 / Math.max(1, levelCount - 1));
}

/** In place: from the difference of two sides to what people see. */
function colour(
  { width, height, data }: ImageData,
  at: { readonly x: number; readonly y: number; readonly pixelRatio: number },
  ramp: readonly (readonly number[])[],
  levelCount: number,
): void {
  const step = stepOf(levelCount);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const apart = Math.round((data[i] as number) / step);
      const isCompared = (data[i + 1] as number) < 128;
      data[i + 3] = isCompared && apart > 0 ? 255 : 0;
      if (data[i + 3] === 0) continue;
      const gap = Math.max(4, Math.round((22 / apart) * at.pixelRatio));
      const isLine = (((x + at.x + y + at.y) % gap) + gap) % gap < at.pixelRatio;
      const [red, green, blue] = (isLine ? ramp[0] : ramp[apart]) as readonly [number, number, number];
      data[i] = red;
      data[i + 1] = green;
      data[i + 2] = blue;
    }
  }
}

/** Red, green and blue for each number of levels apart. */
function rampOf({ ramp }: Palette, levelCount: number): number[][] {
  const dot = document.createElement("canvas");
  dot.width = dot.height = 1;
  const context = dot.getContext("2d", { willReadFrequently: true }) as Context;
  return Array.from({ length: levelCount }, (_, apart) => {
    context.fillStyle = ramp[rampStop(apart, levelCount)] as string;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  });
}
