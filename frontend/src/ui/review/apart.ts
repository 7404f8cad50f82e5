/** The picture of how far people part on a photo, drawn in a worker. */
import { bitmapFor, type Photo } from "../../editor/photo";
import type { Document } from "../../model/annotation";
import { t } from "../../model/language";
import type { Size } from "../../model/raster";

/** Pixels of the picture's longer side, at most. */
export const LONG_SIDE = 640;

export interface ApartJob {
  readonly photo: ImageBitmap;
  /** Of the photo in full, whose pixels the documents are in. */
  readonly size: Size;
  readonly documents: readonly Document[];
  readonly levelCount: number;
  /** Paints where people part. */
  readonly colour: string;
}

/** How far people part on each pixel of a photo.
 *
 * @throws Error with a sentence for people where the browser cannot draw it.
 */
export function pictureApart(
  photo: Photo,
  documents: readonly Document[],
  levelCount: number,
  colour: string,
): Promise<Photo> {
  const { width, height } = photo;
  const bitmap = bitmapFor(photo, LONG_SIDE / Math.max(width, height));
  const worker = new Worker(new URL("./disagreement.worker.ts", import.meta.url), { type: "module" });
  return new Promise<Photo>((resolve, reject) => {
    worker.onerror = () => reject(new Error(t("The browser could not draw where people differ.")));
    worker.onmessage = ({ data }: MessageEvent<ImageBitmap>) => resolve({ width, height, bitmaps: [data] });
    const job: ApartJob = { photo: bitmap, size: { width, height }, documents, levelCount, colour };
    worker.postMessage(job); // the bitmap is small: the worker has a copy
  }).finally(() => worker.terminate());
}
