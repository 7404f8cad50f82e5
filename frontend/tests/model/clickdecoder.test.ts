import { expect, test } from "vitest";
import CASE from "../../../tests/data/click_case.json";
import { decode, doubled, readGrids } from "../../src/model/clickdecoder";
import type { Tensor } from "../../src/model/tensors";
import { readTensors } from "../../src/model/tensors";

const sizeOf = (shape: readonly number[]) => shape.reduce((size, side) => size * side, 1);

/** The numbers of tests/modelsvc/fusenet/test_clicks.py. */
function made(shape: readonly number[], start: number, value: (n: number) => number): Tensor {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => value((i * 37 + start * 101) % 211));
  return { shape, values };
}

test("clicks and a box are decoded as Python decodes them", () => {
  const weights = Object.fromEntries(
    Object.entries(CASE.weights).map(([name, shape], k) => [name, made(shape, k, (n) => n / 400 - 0.2625)]),
  );
  const tensors = Object.fromEntries(
    Object.entries(CASE.grids).map(([stride, shape]) => [
      stride,
      made(shape, Number(stride), (n) => ((n / 50) * 255) / 6),
    ]),
  );
  const clicks = CASE.clicks.map(([x, y, isInside]) => ({ x, y, isInside }) as const);
  const said = decode(weights, readGrids({ told: {}, tensors }), {
    clicks: clicks as never,
    box: CASE.box as never,
  });
  expect([said.columns, said.rows]).toEqual([24, 12]);
  const expected = CASE.logits.flat();
  const scale = Math.max(...expected.map(Math.abs));
  const farthest = Math.max(...expected.map((logit, i) => Math.abs(logit - (said.planes[0]?.[i] ?? NaN))));
  expect(farthest).toBeLessThan(1e-3 * scale);
});

test("twice as many cells lie between the old ones by straight lines", () => {
  const { columns, rows, planes } = doubled({ columns: 2, rows: 1, planes: [Float32Array.of(0, 4)] });
  expect([columns, rows, [...(planes[0] ?? [])]]).toEqual([4, 2, [0, 1, 3, 4, 0, 1, 3, 4]]);
});

test("a file of tensors gives bytes and 16-bit floats, and what is said of them", () => {
  const header = JSON.stringify({
    __metadata__: { head: "abc" },
    bytes: { dtype: "U8", shape: [2], data_offsets: [0, 2] },
    floats: { dtype: "F16", shape: [1, 3], data_offsets: [2, 8] },
  });
  const bytes = new Uint8Array(8 + header.length + 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set([7, 255, 0x00, 0x3c, 0x00, 0xc1, 0x01, 0x00], 8 + header.length);
  const { told, tensors } = readTensors(bytes.buffer);
  expect(told).toEqual({ head: "abc" });
  expect([...(tensors.bytes?.values ?? [])]).toEqual([7, 255]);
  expect(tensors.floats?.shape).toEqual([1, 3]);
  expect([...(tensors.floats?.values ?? [])]).toEqual([1, -2.5, 2 ** -24]);
  expect(() => readTensors(new ArrayBuffer(8))).toThrow(SyntaxError);
});
