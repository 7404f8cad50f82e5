/** The worker that combines regions with brush strokes and with each other; started at first use. */
import type { Ring } from "../model/annotation";

export interface StrokeJob {
  readonly id: number;
  /** Add the stroke to each target, take it from each, make the targets one, cut each along the line, or rid each of crumbs. */
  readonly mode: "add" | "erase" | "join" | "split" | "tidy";
  /** Flat, 1/16 px, as is the radius; empty where there is no stroke. Of a split the radius is how far its ends are drawn out. */
  readonly line: Ring;
  readonly radius: number;
  /** The rings of each region that is worked on. */
  readonly targets: readonly (readonly Ring[])[];
}

export interface StrokeAnswer {
  readonly id: number;
  /** The stroke's own outline. */
  readonly stroke: readonly Ring[];
  readonly results: readonly (readonly Ring[])[];
  /** Of a join: the indices of the targets that are one now. Of a split: of which target each result is a part. */
  readonly taken: readonly number[];
}

export type ApplyStroke = (job: Omit<StrokeJob, "id">) => Promise<StrokeAnswer>;

let worker: Worker | null = null;
let count = 0;
const waiting = new Map<number, (answer: StrokeAnswer) => void>();

export const applyStroke: ApplyStroke = (job) => {
  if (!worker) {
    worker = new Worker(new URL("./boolean.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<StrokeAnswer>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
  }
  const id = ++count;
  worker.postMessage({ ...job, id } satisfies StrokeJob);
  return new Promise((resolve) => waiting.set(id, resolve));
};
