/** The worker that finds things by clicks; this module and it are loaded when the tool is first used. */
import type { Ring } from "../model/annotation";
import type { Prompt } from "../model/clickdecoder";
import type { Size } from "../model/raster";
import { applyStroke } from "./strokes";
import type { Outline } from "./tools/click";

export type ClickJob =
  | {
      readonly is: "photo";
      readonly decoder: ArrayBuffer;
      readonly grids: ArrayBuffer;
      readonly photo: Size;
    }
  | { readonly is: "outline"; readonly id: number; readonly prompt: Prompt };

/** The rings, and the milliseconds that they took. */
export interface ClickAnswer {
  readonly id: number;
  readonly rings: readonly Ring[];
  readonly took: number;
}

let worker: Worker | null = null;
let count = 0;
const waiting = new Map<number, (answer: ClickAnswer) => void>();

function post(job: ClickJob): void {
  if (!worker) {
    worker = new Worker(new URL("./click.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<ClickAnswer>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
  }
  worker.postMessage(job);
}

/** What outlines things of a photo, from now on until another photo's is asked for. */
export function outlineOf(photo: Size, decoder: ArrayBuffer, grids: ArrayBuffer): Outline {
  const { width, height } = photo;
  post({ is: "photo", decoder, grids, photo: { width, height } });
  return async (prompt) => {
    const id = ++count;
    post({ is: "outline", id, prompt });
    const { rings, took } = await new Promise<ClickAnswer>((resolve) => waiting.set(id, resolve));
    performance.measure("thing outlined", { start: performance.now() - took, duration: took });
    const tidied = await applyStroke({ mode: "tidy", line: [], radius: 0, targets: [rings] });
    return tidied.results[0] ?? [];
  };
}
