import { expect, test } from "vitest";
import { burstsIn, together } from "../../../src/ui/gallery/bursts";

const BURST_OF = new Map<number, number>([
  [2, 2],
  [3, 2],
  [5, 2],
  [9, 2],
  [7, 7],
]);

test("a burst stands where its first photo of the list is, and open its photos stand there together", () => {
  const order = [1, 5, 4, 3, 7, 2];
  const bursts = burstsIn(order, BURST_OF);
  expect(bursts.get(3)).toEqual({ id: 2, photos: [5, 3, 2] });
  expect(together(order, bursts, new Set())).toEqual([1, 5, 4, 7]);
  expect(together(order, bursts, new Set([2]))).toEqual([1, 5, 3, 2, 4, 7]);
});

test("of which the list holds a single photo is no burst in it", () => {
  expect(burstsIn([1, 9, 7], BURST_OF).size).toBe(0);
});
