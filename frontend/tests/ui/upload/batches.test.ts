import { expect, test } from "vitest";
import { BATCH_BYTES, batchOf, sizeOf } from "../../../src/ui/upload/batches";

test("a request holds at most 20 photos and 50 MB, and a larger photo goes alone", () => {
  const items = (sizes: number[]) => sizes.map((size) => ({ file: { size } }));
  expect(batchOf(items(Array(25).fill(10))).length).toBe(20);
  expect(batchOf(items([BATCH_BYTES - 10, 10, 10])).length).toBe(2);
  expect(batchOf(items([2 * BATCH_BYTES, 10])).length).toBe(1);
  expect(batchOf([])).toEqual([]);
});

test("sizes in words", () => {
  expect([sizeOf(2048), sizeOf(3.25 * 2 ** 20), sizeOf(40 * 2 ** 20), sizeOf(1.5 * 2 ** 30)]).toEqual([
    "2 kB",
    "3.3 MB",
    "40 MB",
    "1.5 GB",
  ]);
});
