/** Samples of what each level looks like, made of the photo itself at its own scale. */
import type { Photo } from "./photo";

export const TILE = 112; // CSS pixels a side; a photo pixel is a device pixel

export interface ReferenceJob {
  /** The photo in full size, a copy. */
  readonly bitmap: ImageBitmap;
  /** Photo pixels a side. */
  readonly side: number;
  /** Photo pixels, one a level. */
  readonly sigmas: readonly number[];
}

export interface References {
  /** One tile a level. */
  readonly tiles: readonly ImageBitmap[];
  /** Whether they are made of a stock texture, since nothing in the photo is sharp. */
  readonly isStock: boolean;
}

/** Level samples for a photo, made in a worker. */
export async function makeReferences(
  photo: Photo,
  levels: readonly { readonly sample_sigma: number }[],
  side: number,
): Promise<References> {
  const bitmap = await createImageBitmap(photo.bitmaps[0] as ImageBitmap);
  const scale = Math.max(photo.width, photo.height) / 1024; // sigmas are given at a long side of 1024 px
  const worker = new Worker(new URL("./reference.worker.ts", import.meta.url), { type: "module" });
  return new Promise<References>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<References>) => resolve(data);
    worker.onerror = () => reject(new Error("The samples could not be made."));
    const job: ReferenceJob = {
      bitmap,
      side,
      sigmas: levels.map(({ sample_sigma }) => sample_sigma * scale),
    };
    worker.postMessage(job, [bitmap]);
  }).finally(() => worker.terminate());
}
