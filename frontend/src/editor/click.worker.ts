/** Find the thing that was clicked, and draw its outline. */
import { decode, doubled, type Grids, type Prompt, readGrids } from "../model/clickdecoder";
import { ringsOf } from "../model/flood";
import { readTensors, type Tensors } from "../model/tensors";
import type { ClickAnswer, ClickJob } from "./clickworker";

interface Seen {
  readonly weights: Tensors["tensors"];
  readonly grids: Grids;
  /** The photo, and how large the network saw it. */
  readonly photo: { readonly width: number; readonly height: number };
  readonly seen: { readonly width: number; readonly height: number };
}

const CELL = 2; // px of the photo as the network saw it

let photo: Seen | null = null;

self.onmessage = ({ data }: MessageEvent<ClickJob>) => {
  if (data.is === "photo") {
    const grids = readTensors(data.grids);
    const [width, height] = [Number(grids.told.width), Number(grids.told.height)];
    const weights = readTensors(data.decoder).tensors;
    photo = { weights, grids: readGrids(grids), photo: data.photo, seen: { width, height } };
    self.postMessage({ id: data.id, rings: [], took: 0 } satisfies ClickAnswer);
  } else if (photo) {
    const began = performance.now();
    const rings = outline(photo, data.prompt);
    self.postMessage({ id: data.id, rings, took: performance.now() - began } satisfies ClickAnswer);
  }
};

/** The rings of what was clicked in 1/16 px of the photo; the prompt is in its px, too. */
function outline({ weights, grids, photo, seen }: Seen, prompt: Prompt) {
  const scale = Math.max(photo.width, photo.height) / Math.max(seen.width, seen.height);
  const clicks = prompt.clicks.map(({ x, y, isInside }) => ({ x: x / scale, y: y / scale, isInside }));
  const [left, top, right, bottom] = prompt.box ?? [0, 0, 0, 0];
  const box = prompt.box && ([left / scale, top / scale, right / scale, bottom / scale] as const);
  const logits = doubled(decode(weights, grids, { clicks, box }));
  const [columns, rows] = [Math.ceil(seen.width / CELL), Math.ceil(seen.height / CELL)];
  const values = logits.planes[0] as Float32Array;
  const taken = Uint8Array.from({ length: columns * rows }, (_, i) =>
    (values[Math.floor(i / columns) * logits.columns + (i % columns)] as number) > 0 ? 1 : 0,
  );
  return ringsOf(taken, { columns, rows, cell: CELL * scale }, photo.width, photo.height);
}
