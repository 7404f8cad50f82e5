/** A decoded photo as a pyramid of bitmaps, each half the size of the one before. */
import { t } from "../model/language";
import type { Size } from "../model/raster";

export interface Photo extends Size {
  /** Full size first. */
  readonly bitmaps: readonly ImageBitmap[];
}

export type DecodeAnswer = { readonly bitmaps: ImageBitmap[] } | { readonly fault: string };

/** The bytes of a photo as bitmaps; decoded in a worker, so that drawing goes on.
 *
 * @throws Error with a sentence for people where the browser cannot decode it.
 */
export function decodePhoto(blob: Blob): Promise<Photo> {
  const worker = new Worker(new URL("./photo.worker.ts", import.meta.url), { type: "module" });
  return new Promise<Photo>((resolve, reject) => {
    const fail = () => reject(new Error(t("This photo cannot be shown: the browser could not decode it.")));
    worker.onerror = fail;
    worker.onmessage = ({ data }: MessageEvent<DecodeAnswer>) => {
      if ("fault" in data) return fail();
      const [full] = data.bitmaps;
      if (full) resolve({ width: full.width, height: full.height, bitmaps: data.bitmaps });
    };
    worker.postMessage(blob);
  }).finally(() => worker.terminate());
}

/** Give the memory of the bitmaps back. */
export function closePhoto(photo: Photo): void {
  for (const bitmap of photo.bitmaps) bitmap.close();
}

/** The smallest bitmap that still has a pixel for each device pixel at this zoom. */
export function bitmapFor(photo: Photo, zoom: number): ImageBitmap {
  const wanted = longSide(photo) * Math.min(zoom, 1);
  return (photo.bitmaps.findLast((each) => longSide(each) >= wanted) ?? photo.bitmaps[0]) as ImageBitmap;
}

/** Halved down to a pixel, the short side of a narrow photo tells nothing. */
function longSide({ width, height }: Size): number {
  return Math.max(width, height);
}
