/** A document filled by level: the ramp's colours, opaque as the painter's stack says, with a hatch that tells them apart. */
import type { Document, Region } from "../model/annotation";
import type { Size } from "../model/raster";
import { enterPhoto, type Lie } from "./outlines";
import { type Palette, rampStop } from "./palette";
import { outlineOf } from "./shapes";

type Context = CanvasRenderingContext2D;

export const UNJUDGED_HATCH = 3; // as dense as that level's

/** Paint the regions, given in painting order, over the document's base. Sharp is left clear. */
export function paintTint(
  context: Context,
  { base }: Document,
  regions: readonly Region[],
  photo: Size,
  lie: Lie,
  palette: Palette,
  levelCount: number,
): void {
  const hatches = Array.from({ length: levelCount }, (_, level) =>
    level > 0 ? hatch(context, level, lie, palette) : null,
  );
  const fill = (level: number, path: Path2D) => {
    context.globalCompositeOperation = "destination-out";
    context.fillStyle = palette.badge;
    context.fill(path, "evenodd");
    context.globalCompositeOperation = "source-over";
    const lines = hatches[level];
    if (!lines) return;
    context.fillStyle = palette.ramp[rampStop(level, levelCount)] as string;
    context.fill(path, "evenodd");
    context.fillStyle = lines;
    context.fill(path, "evenodd");
  };
  enterPhoto(context, lie);
  const whole = new Path2D();
  whole.rect(0, 0, photo.width, photo.height);
  context.clip(whole);
  if (base) fill(base, whole);
  for (const region of regions) fill(region.level, outlineOf(region, lie.zoom));
}

/** Lay bare hatching over what holds nothing to judge by, in place of what a document says there. */
export function paintUnjudged(
  context: Context,
  regions: readonly Region[],
  lie: Lie,
  palette: Palette,
): void {
  const lines = hatch(context, UNJUDGED_HATCH, lie, palette);
  enterPhoto(context, lie);
  for (const path of regions.map((region) => outlineOf(region, lie.zoom))) {
    context.globalCompositeOperation = "destination-out";
    context.fillStyle = palette.badge;
    context.fill(path, "evenodd");
    context.globalCompositeOperation = "source-over";
    context.fillStyle = lines;
    context.fill(path, "evenodd");
  }
}

/** Diagonal lines, closer together for more blur. */
export function hatch(
  context: Context,
  level: number,
  { zoom, pixelRatio }: Lie,
  palette: Palette,
): CanvasPattern {
  const gap = Math.max(4, Math.round((22 / level) * pixelRatio));
  const tile = document.createElement("canvas");
  tile.width = tile.height = gap;
  const lines = tile.getContext("2d") as Context;
  lines.strokeStyle = palette.outlineDark;
  lines.globalAlpha = 0.55;
  lines.lineWidth = pixelRatio;
  lines.beginPath();
  for (const shift of [-gap, 0, gap]) {
    lines.moveTo(shift - 1, gap + 1);
    lines.lineTo(shift + gap + 1, -1);
  }
  lines.stroke();
  const pattern = context.createPattern(tile, "repeat") as CanvasPattern;
  pattern.setTransform(new DOMMatrix().scale(1 / zoom));
  return pattern;
}
