/** Measure how sharp parts of a photo are, and flood the map of the whole. */
import { flooded, ringsOf } from "../model/flood";
import { noiseOf } from "../model/noise";
import { cropped, type SharpnessMap, sharpnessMap } from "../model/sharpness";
import type { PhotoBox, SharpnessAnswer, SharpnessJob } from "./sharpness";

const FINE_CELL = 4;
const LONGEST_SIDE = 1024; // cells of the whole photo's map
const AROUND = 4; // cells that the window and the blurs reach beyond a box

let photo: ImageBitmap | null = null;
let whole: SharpnessMap | null = null;
let noise: number | null = null; // of the whole photo, so that a part reads as it does there

self.onmessage = ({ data }: MessageEvent<SharpnessJob>) => {
  if (data.is === "photo") {
    photo?.close();
    photo = data.bitmap;
    whole = noise = null;
    return;
  }
  if (!photo) return;
  const answer: SharpnessAnswer =
    data.is === "measure"
      ? { id: data.id, map: measured(photo, data.box) }
      : { id: data.id, rings: flood(photo, data.x, data.y, data.tolerance) };
  self.postMessage(answer);
};

/** The map of a box, on the photo's own grid of cells. */
function measured(bitmap: ImageBitmap, box: PhotoBox): SharpnessMap {
  const cells = (side: number) => Math.ceil(side / FINE_CELL);
  const first = (start: number) => Math.max(0, Math.floor(start / FINE_CELL));
  const [left, top] = [first(box.x), first(box.y)];
  const right = Math.min(cells(bitmap.width), cells(box.x + box.width));
  const bottom = Math.min(cells(bitmap.height), cells(box.y + box.height));
  const [outerLeft, outerTop] = [Math.max(0, left - AROUND), Math.max(0, top - AROUND)];
  const [x, y] = [outerLeft * FINE_CELL, outerTop * FINE_CELL];
  const map = mapOf(
    bitmap,
    {
      x,
      y,
      width: Math.min(bitmap.width, (right + AROUND) * FINE_CELL) - x,
      height: Math.min(bitmap.height, (bottom + AROUND) * FINE_CELL) - y,
    },
    FINE_CELL,
  );
  return cropped({ ...map, x, y }, left - outerLeft, top - outerTop, right - left, bottom - top);
}

function flood(bitmap: ImageBitmap, x: number, y: number, tolerance: number): SharpnessRings {
  const { width, height } = bitmap;
  const cell = Math.max(FINE_CELL, Math.ceil(Math.max(width, height) / LONGEST_SIDE));
  whole ??= mapOf(bitmap, { x: 0, y: 0, width, height }, cell);
  const taken = flooded(whole, Math.floor(x / cell), Math.floor(y / cell), tolerance);
  return taken && ringsOf(taken, whole, width, height);
}

type SharpnessRings = Extract<SharpnessAnswer, { rings: unknown }>["rings"];

function mapOf(bitmap: ImageBitmap, box: PhotoBox, cell: number): SharpnessMap {
  const all = { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
  noise ??= noiseOf((top, bottom) => rowsOf(bitmap, all, top, bottom), all);
  return sharpnessMap((top, bottom) => rowsOf(bitmap, box, top, bottom), box, cell, noise);
}

function rowsOf(bitmap: ImageBitmap, box: PhotoBox, top: number, bottom: number): ImageData {
  const canvas = new OffscreenCanvas(box.width, bottom - top);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, -box.x, -box.y - top);
  return context.getImageData(0, 0, box.width, bottom - top);
}
