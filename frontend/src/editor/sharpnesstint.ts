/** How sharp a photo is, over it: the ramp's colours where something can be told, bare hatching where nothing can. */
import { NO_EVIDENCE, type SharpnessMap } from "../model/sharpness";
import { enterPhoto, type Lie } from "./outlines";
import type { Palette } from "./palette";
import { hatch, UNJUDGED_HATCH } from "./tint";

type Context = CanvasRenderingContext2D;

const pictures = new WeakMap<SharpnessMap, { readonly colours: HTMLCanvasElement; readonly even: Path2D }>();

export function paintSharpness(context: Context, map: SharpnessMap, lie: Lie, palette: Palette): void {
  const { x, y, cell, columns, rows } = map;
  const { colours, even } = pictures.get(map) ?? pictureOf(map, palette);
  pictures.set(map, { colours, even });
  enterPhoto(context, lie);
  context.clearRect(x, y, columns * cell, rows * cell);
  context.imageSmoothingEnabled = false;
  context.drawImage(colours, x, y, columns * cell, rows * cell);
  context.fillStyle = hatch(context, UNJUDGED_HATCH, lie, palette);
  context.fill(even);
}

/** The map with a pixel a cell, clear where there is no evidence, and the outline of those places in photo pixels. */
function pictureOf(
  { x, y, cell, columns, rows, values }: SharpnessMap,
  palette: Palette,
): { colours: HTMLCanvasElement; even: Path2D } {
  const colours = document.createElement("canvas");
  colours.width = columns;
  colours.height = rows;
  const context = colours.getContext("2d") as Context;
  const pixels = context.createImageData(columns, rows);
  const ramp = rampColours(palette);
  const even = new Path2D();
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== NO_EVIDENCE)
      pixels.data.set(ramp.subarray(4 * (255 - (values[i] as number))).subarray(0, 4), 4 * i);
    else if (i % columns === 0 || values[i - 1] !== NO_EVIDENCE) {
      let end = i + 1;
      while (end % columns !== 0 && values[end] === NO_EVIDENCE) end++;
      even.rect(x + (i % columns) * cell, y + Math.floor(i / columns) * cell, (end - i) * cell, cell);
    }
  }
  context.putImageData(pixels, 0, 0);
  return { colours, even };
}

/** RGBA of the ramp in 256 steps, from sharp to blurred. */
function rampColours({ ramp }: Palette): Uint8ClampedArray {
  const strip = document.createElement("canvas");
  strip.width = 256;
  strip.height = 1;
  const context = strip.getContext("2d") as Context;
  const gradient = context.createLinearGradient(0, 0, 256, 0);
  for (const [i, colour] of ramp.entries()) gradient.addColorStop(i / (ramp.length - 1), colour);
  context.fillStyle = gradient;
  context.fillRect(0, 0, 256, 1);
  return context.getImageData(0, 0, 256, 1).data;
}
