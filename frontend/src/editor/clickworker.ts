/** The worker that finds things by clicks; this module and it are loaded when the tool is first used. */
import type { Ring } from "../model/annotation";
import type { Prompt } from "../model/clickdecoder";
import { t } from "../model/language";
import type { Size } from "../model/raster";
import { applyStroke } from "./strokes";
import type { Outline } from "./tools/click";

export type ClickJob = { readonly id: number } & (
  | {
      readonly is: "photo";
      readonly decoder: ArrayBuffer;
      readonly grids: ArrayBuffer;
      readonly photo: Size;
    }
  | { readonly is: "outline"; readonly prompt: Prompt }
);

/** The rings, none of a photo alone, and the milliseconds that they took. */
export interface ClickAnswer {
  readonly id: number;
  readonly rings: readonly Ring[];
  readonly took: number;
}

interface Waiting {
  readonly resolve: (answer: ClickAnswer) => void;
  readonly reject: (error: Error) => void;
}

type Order = ClickJob extends infer Job ? (Job extends unknown ? Omit<Job, "id"> : never) : never;

let worker: Worker | null = null;
let count = 0;
const waiting = new Map<number, Waiting>();

function post(order: Order): Promise<ClickAnswer> {
  worker ??= started();
  const id = ++count;
  worker.postMessage({ ...order, id });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function started(): Worker {
  const begun = new Worker(new URL("./click.worker.ts", import.meta.url), { type: "module" });
  begun.onmessage = ({ data }: MessageEvent<ClickAnswer>) => {
    waiting.get(data.id)?.resolve(data);
    waiting.delete(data.id);
  };
  begun.onerror = () => {
    worker = null; // the next photo has it loaded again
    for (const { reject } of waiting.values()) reject(new Error(t("The tool did not load; it tries again.")));
    waiting.clear();
  };
  return begun;
}

/**
 * What outlines things of a photo without the network, until another photo's is asked for.
 *
 * @throws Error - the worker does not load.
 */
export async function outlineOf(photo: Size, decoder: ArrayBuffer, grids: ArrayBuffer): Promise<Outline> {
  const { width, height } = photo;
  await post({ is: "photo", decoder, grids, photo: { width, height } });
  await tidied([]); // now what tidies is loaded, too
  return async (prompt) => {
    const { rings, took } = await post({ is: "outline", prompt });
    performance.measure("thing outlined", { start: performance.now() - took, duration: took });
    return tidied(rings);
  };
}

async function tidied(rings: readonly Ring[]): Promise<readonly Ring[]> {
  const { results } = await applyStroke({ mode: "tidy", line: [], radius: 0, targets: [rings] });
  return results[0] ?? [];
}
