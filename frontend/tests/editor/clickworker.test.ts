import { beforeEach, expect, test, vi } from "vitest";
import CASE from "../../../tests/data/click_case.json";
import type { Outline } from "../../src/editor/tools/click";
import { running, useWorkers } from "./workers";

let outlineOf: typeof import("../../src/editor/clickworker").outlineOf;

beforeEach(async () => {
  useWorkers();
  vi.resetModules();
  ({ outlineOf } = await import("../../src/editor/clickworker"));
});

/** A safetensors file of zeros, but for the last number of the tensor `lit`. */
function file(
  dtype: "U8" | "F16",
  shapes: Record<string, readonly number[]>,
  told: Record<string, string>,
  lit = "",
): ArrayBuffer {
  const header: Record<string, unknown> = { __metadata__: told };
  const size = { U8: 1, F16: 2 }[dtype];
  let [end, one] = [0, 0];
  for (const [name, shape] of Object.entries(shapes)) {
    const start = end;
    end += size * shape.reduce((count, side) => count * side, 1);
    header[name] = { dtype, shape, data_offsets: [start, end] };
    if (name === lit) one = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  if (one > 0) bytes[8 + text.length + one - 1] = 0x3c; // 1 in 16 bits
  return bytes.buffer;
}

function outline(lit: string): Promise<Outline> {
  const grids = file("U8", CASE.grids, { width: "90", height: "45" });
  return outlineOf({ width: 900, height: 450 }, file("F16", CASE.weights, {}, lit), grids);
}

const PROMPT = { clicks: [{ x: 30, y: 40, isInside: true }], box: null };

test("what is found is outlined in 1/16 px of the photo, however small the network saw it", async () => {
  const [ring, ...more] = await (await outline("logits.bias"))(PROMPT);
  expect(more).toEqual([]);
  const [xs, ys] = [0, 1].map((axis) => (ring ?? []).filter((_, i) => i % 2 === axis)) as [
    number[],
    number[],
  ];
  expect([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]).toEqual([0, 14400, 0, 7200]);
});

test("where nothing is found there are no rings", async () => {
  expect(await (await outline("none"))({ clicks: [], box: [10, 10, 60, 60] })).toEqual([]);
});

test("a worker that does not load is told, and loaded anew for the next photo", async () => {
  const asked = outline("none");
  for (const worker of running) worker.onerror();
  await expect(asked).rejects.toThrow("The tool did not load; it tries again.");
  expect(await (await outline("none"))(PROMPT)).toEqual([]);
});
