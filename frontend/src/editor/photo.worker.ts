/** Decode a photo, turn it upright by its flag and halve it down to screen size. */
import type { DecodeAnswer, DecodeJob } from "./photo";

const SMALLEST_SIDE = 512;

/** Canvas matrices that turn stored pixels upright, by EXIF orientation; w and h are of the stored photo. */
const UPRIGHT: Record<number, (w: number, h: number) => [number, number, number, number, number, number]> = {
  2: (w) => [-1, 0, 0, 1, w, 0],
  3: (w, h) => [-1, 0, 0, -1, w, h],
  4: (_, h) => [1, 0, 0, -1, 0, h],
  5: () => [0, 1, 1, 0, 0, 0],
  6: (_, h) => [0, 1, -1, 0, h, 0],
  7: (w, h) => [0, -1, -1, 0, h, w],
  8: (w) => [0, -1, 1, 0, 0, w],
};

self.onmessage = async ({ data }: MessageEvent<DecodeJob>) => {
  let answer: DecodeAnswer;
  try {
    answer = { bitmaps: await pyramid(data) };
  } catch (error) {
    answer = { fault: String(error) };
  }
  self.postMessage(answer, { transfer: "bitmaps" in answer ? answer.bitmaps : [] });
};

async function pyramid({ blob, orientation }: DecodeJob): Promise<ImageBitmap[]> {
  const stored = await createImageBitmap(blob, { imageOrientation: "none" });
  const bitmaps = [upright(stored, orientation)];
  for (let last = bitmaps[0] as ImageBitmap; Math.max(last.width, last.height) > SMALLEST_SIDE; ) {
    last = await createImageBitmap(last, {
      resizeWidth: Math.max(1, Math.round(last.width / 2)),
      resizeHeight: Math.max(1, Math.round(last.height / 2)),
      resizeQuality: "medium",
    });
    bitmaps.push(last);
  }
  return bitmaps;
}

function upright(stored: ImageBitmap, orientation: number): ImageBitmap {
  const matrix = UPRIGHT[orientation]?.(stored.width, stored.height);
  if (!matrix) return stored;
  const isTurned = orientation >= 5;
  const canvas = new OffscreenCanvas(
    isTurned ? stored.height : stored.width,
    isTurned ? stored.width : stored.height,
  );
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.setTransform(...matrix);
  context.drawImage(stored, 0, 0);
  stored.close();
  return canvas.transferToImageBitmap();
}
