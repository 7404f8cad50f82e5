/** Decode a photo, its colours brought from its profile to sRGB, and halve it down to screen size. */
import type { DecodeAnswer } from "./photo";

const SMALLEST_SIDE = 512;

self.onmessage = async ({ data }: MessageEvent<Blob>) => {
  let answer: DecodeAnswer;
  try {
    answer = { bitmaps: await pyramid(data) };
  } catch (error) {
    answer = { fault: String(error) };
  }
  self.postMessage(answer, { transfer: "bitmaps" in answer ? answer.bitmaps : [] });
};

async function pyramid(photo: Blob): Promise<ImageBitmap[]> {
  let last = await createImageBitmap(photo);
  const bitmaps = [last];
  while (Math.max(last.width, last.height) > SMALLEST_SIDE) {
    last = await createImageBitmap(last, {
      resizeWidth: Math.max(1, Math.round(last.width / 2)),
      resizeHeight: Math.max(1, Math.round(last.height / 2)),
      resizeQuality: "medium",
    });
    bitmaps.push(last);
  }
  return bitmaps;
}
