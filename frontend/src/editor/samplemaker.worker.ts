/** Find what samples are made of once; blur it by each sigma that is asked for. */
import { isSharp, sharpestSpot, stockTexture } from "../model/anchor";
import { blurred } from "../model/gaussian";
import type { Pixels } from "../model/light";
import { discKernel, motionKernel, spread } from "../model/spread";
import type { SampleAnswer, SampleJob, Source, Spread } from "./samplemaker";

const SEARCHED_SIDE = 2048; // the search looks at the middle of larger photos

/** A sharp picture, and where in it a tile of `side` pixels begins. */
interface Found {
  readonly crop: Pixels;
  readonly x: number;
  readonly y: number;
}

let side = 1;
let anchor: Found = { crop: stockTexture(1), x: 0, y: 0 };
let last: Promise<unknown> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<SampleJob>) => {
  last = last
    .then(() => answer(data))
    .catch((error) =>
      setTimeout(() => {
        throw error; // out of the promise, so that the page hears of it
      }),
    );
};

async function answer(job: SampleJob): Promise<void> {
  if (job.is === "anchor") {
    const { source, margin } = job;
    side = job.side;
    const found = foundIn(source, margin);
    const seed = source.is === "texture" ? source.seed : undefined;
    anchor = found ?? { crop: stockTexture(side + 2 * margin, seed), x: margin, y: margin };
    if ("bitmap" in source) source.bitmap.close();
    self.postMessage({ isStock: found === null } satisfies SampleAnswer);
  } else {
    const tiles = await Promise.all(job.sigmas.map((sigma) => tileOf(made(job.spread, sigma, job.angle))));
    self.postMessage(tiles satisfies SampleAnswer, { transfer: tiles });
  }
}

/** The place to make tiles of; null where a stock texture stands for it. */
function foundIn(source: Source, margin: number): Found | null {
  if (source.is === "texture") return null;
  return source.is === "picture" ? middleOf(source.bitmap) : sharpestOf(source.bitmap, margin);
}

/** The tile with its surroundings as far as light of that blur comes from them, blurred. */
function made(kind: Spread, sigma: number, angle: number): Found {
  const { crop, x, y } = around(anchor, Math.ceil(3 * sigma));
  if (sigma === 0 || kind === "gauss") return { crop: blurred(crop, sigma), x, y };
  return { crop: spread(crop, kind === "disc" ? discKernel(sigma) : motionKernel(sigma, angle)), x, y };
}

function around({ crop, x, y }: Found, reach: number): Found {
  const [left, top] = [Math.max(0, x - reach), Math.max(0, y - reach)];
  const [right, bottom] = [Math.min(crop.width, x + side + reach), Math.min(crop.height, y + side + reach)];
  const [width, height] = [right - left, bottom - top];
  const data = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 4 * ((top + row) * crop.width + left);
    data.set(crop.data.subarray(from, from + 4 * width), 4 * row * width);
  }
  return { crop: { width, height, data }, x: x - left, y: y - top };
}

function tileOf({ crop, x, y }: Found): Promise<ImageBitmap> {
  const picture = new ImageData(new Uint8ClampedArray(crop.data), crop.width, crop.height);
  return createImageBitmap(picture, x, y, side, side);
}

/** The sharpest square, with a margin as far as the photo has one; null where nothing is sharp. */
function sharpestOf(bitmap: ImageBitmap, margin: number): Found | null {
  const width = Math.min(bitmap.width, SEARCHED_SIDE);
  const height = Math.min(bitmap.height, SEARCHED_SIDE);
  if (side > Math.min(width, height)) return null;
  const context = drawn(bitmap, width, height);
  const spot = sharpestSpot(context.getImageData(0, 0, width, height), side);
  if (!isSharp(context.getImageData(spot.x, spot.y, side, side))) return null;
  const [x, y] = [Math.max(0, spot.x - margin), Math.max(0, spot.y - margin)];
  const right = Math.min(width, spot.x + side + margin);
  const bottom = Math.min(height, spot.y + side + margin);
  return { crop: context.getImageData(x, y, right - x, bottom - y), x: spot.x - x, y: spot.y - y };
}

function middleOf(bitmap: ImageBitmap): Found {
  const { width, height } = bitmap;
  const crop = drawn(bitmap, width, height).getImageData(0, 0, width, height);
  return { crop, x: (width - side) >> 1, y: (height - side) >> 1 };
}

/** The middle of a photo. */
function drawn(bitmap: ImageBitmap, width: number, height: number): OffscreenCanvasRenderingContext2D {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  const [left, top] = [(bitmap.width - width) >> 1, (bitmap.height - height) >> 1];
  context.drawImage(bitmap, left, top, width, height, 0, 0, width, height);
  return context;
}
