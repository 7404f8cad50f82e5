/** The worker that joins brush strokes with regions; started with the first stroke. */
import type { Ring } from "../model/annotation";

export interface StrokeJob {
  readonly id: number;
  readonly mode: "add" | "erase";
  /** Flat, 1/16 px, as is the radius. */
  readonly line: Ring;
  readonly radius: number;
  /** The rings of each region that the stroke works on. */
  readonly targets: readonly (readonly Ring[])[];
}

export interface StrokeAnswer {
  readonly id: number;
  /** The stroke's own outline. */
  readonly stroke: readonly Ring[];
  readonly results: readonly (readonly Ring[])[];
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
