/** The worker that measures how sharp the photo is and floods that map for the wand; started at first use. */
import type { Ring } from "../model/annotation";
import type { SharpnessMap } from "../model/sharpness";
import type { Photo } from "./photo";

/** Photo pixels. */
export interface PhotoBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type SharpnessJob = { readonly id: number } & (
  | { readonly is: "photo"; readonly bitmap: ImageBitmap }
  | { readonly is: "measure"; readonly box: PhotoBox }
  | { readonly is: "flood"; readonly x: number; readonly y: number; readonly tolerance: number }
);

/** What hangs together with a place, or null where there is nothing to judge by. */
export type Flood = (
  photo: Photo,
  x: number,
  y: number,
  tolerance: number,
) => Promise<readonly Ring[] | null>;

export type SharpnessAnswer = { readonly id: number } & (
  | { readonly map: SharpnessMap }
  | { readonly rings: readonly Ring[] | null }
);

type Order = SharpnessJob extends infer Job ? (Job extends unknown ? Omit<Job, "id"> : never) : never;

let worker: Worker | null = null;
let count = 0;
let given: Promise<Photo> | null = null;
let shown: Photo | null = null;
const waiting = new Map<number, (answer: SharpnessAnswer) => void>();

function post(order: Order, transfer: Transferable[] = []): Promise<SharpnessAnswer> {
  if (!worker) {
    worker = new Worker(new URL("./sharpness.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<SharpnessAnswer>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
  }
  const id = ++count;
  worker.postMessage({ ...order, id }, transfer);
  return new Promise((resolve) => waiting.set(id, resolve));
}

/** Let the worker have the photo, a copy, unless it has it. */
function give(photo: Photo): Promise<Photo> {
  if (!given || shown !== photo) {
    shown = photo;
    given = createImageBitmap(photo.bitmaps[0] as ImageBitmap).then((bitmap) => {
      post({ is: "photo", bitmap }, [bitmap]);
      return photo;
    });
  }
  return given;
}

/** How sharp a part of the photo is, at its own scale. */
export async function measure(photo: Photo, box: PhotoBox): Promise<SharpnessMap> {
  await give(photo);
  return ((await post({ is: "measure", box })) as { map: SharpnessMap }).map;
}

export const flood: Flood = async (photo, x, y, tolerance) => {
  await give(photo);
  return ((await post({ is: "flood", x, y, tolerance })) as { rings: readonly Ring[] | null }).rings;
};
