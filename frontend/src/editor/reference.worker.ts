/** Find the sharpest crop of a photo and blur it by each level's sigma. */
import { isSharp, sharpestSpot, stockTexture } from "../model/anchor";
import { blurred, type Pixels } from "../model/gaussian";
import type { ReferenceJob, References } from "./reference";

const SEARCHED_SIDE = 2048; // the search looks at the middle of larger photos

self.onmessage = async ({ data: { bitmap, side: tile, sigmas } }: MessageEvent<ReferenceJob>) => {
  const margin = Math.ceil(3 * Math.max(...sigmas));
  const side = Math.min(tile + 2 * margin, bitmap.width, bitmap.height);
  const { crop, isStock } = anchorOf(bitmap, tile, side);
  const inset = (crop.width - tile) >> 1;
  const tiles = await Promise.all(
    sigmas.map((sigma) => {
      const { data, width, height } = blurred(crop, sigma);
      const picture = new ImageData(new Uint8ClampedArray(data), width, height);
      return createImageBitmap(picture, Math.max(0, inset), Math.max(0, inset), tile, tile);
    }),
  );
  self.postMessage({ tiles, isStock } satisfies References, { transfer: tiles });
};

/** A square of `side` pixels around the sharpest one of `tile`, or of stock texture. */
function anchorOf(bitmap: ImageBitmap, tile: number, side: number): { crop: Pixels; isStock: boolean } {
  const width = Math.min(bitmap.width, SEARCHED_SIDE);
  const height = Math.min(bitmap.height, SEARCHED_SIDE);
  const [left, top] = [(bitmap.width - width) >> 1, (bitmap.height - height) >> 1];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, left, top, width, height, 0, 0, width, height);
  const spot = sharpestSpot(context.getImageData(0, 0, width, height), tile);
  if (side < tile || !isSharp(context.getImageData(spot.x, spot.y, tile, tile)))
    return { crop: stockTexture(Math.max(side, tile)), isStock: true };
  const middle = (start: number, extent: number) =>
    Math.min(Math.max(start + ((tile - side) >> 1), 0), extent - side);
  const fits = side <= width && side <= height;
  if (!fits) return { crop: context.getImageData(spot.x, spot.y, tile, tile), isStock: false };
  return {
    crop: context.getImageData(middle(spot.x, width), middle(spot.y, height), side, side),
    isStock: false,
  };
}
