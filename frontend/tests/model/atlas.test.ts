import { expect, test } from "vitest";
import {
  areaWithin,
  cornersOf,
  LEFT_OUT,
  NO_VALUE,
  nearestPoint,
  SIDE,
  tallied,
  unpacked,
} from "../../src/model/atlas";
import { packed } from "./points";

test("points come out of the packet as the server put them in", () => {
  const points = unpacked(
    packed([
      [2 ** 40 + 3, 0, 9_999, 0],
      [7, 512, 3, LEFT_OUT],
      [8, 512, 4, NO_VALUE],
    ]),
  );
  expect([points.count, [...points.ids], [...points.x], [...points.y], [...points.codes]]).toEqual([
    3,
    [2 ** 40 + 3, 7, 8],
    [0, 512, 512],
    [9_999, 3, 4],
    [0, LEFT_OUT, NO_VALUE],
  ]);
  const tally = tallied(points);
  expect([tally[0], tally[1], tally[NO_VALUE], tally[LEFT_OUT]]).toEqual([1, 0, 1, 1]);
  expect(unpacked("").count).toBe(0);
});

test("a lasso is written in whole units within the atlas, and read again", () => {
  const area = areaWithin(7, [10.4, 20.6, -50, 3_000, 20_000, 3_000.2]);
  expect(area).toBe(`7_10-21_0-3000_${SIDE - 1}-3000`);
  expect(cornersOf(7, area)).toEqual([10, 21, 0, 3_000, SIDE - 1, 3_000]);
  expect(cornersOf(8, area)).toBeNull();
  expect(cornersOf(8, null)).toBeNull();
});

test("a lasso of a thousand corners keeps at most a hundred, and its shape", () => {
  const circle = Array.from({ length: 1_000 }, (_, i) => [
    5_000 + 3_000 * Math.cos((i * Math.PI) / 500),
    5_000 + 3_000 * Math.sin((i * Math.PI) / 500),
  ]).flat();
  const corners = cornersOf(1, areaWithin(1, circle)) ?? [];
  expect(corners.length).toBeLessThanOrEqual(200);
  expect(corners.length).toBeGreaterThan(40);
  for (let i = 0; i < corners.length; i += 2)
    expect(Math.hypot((corners[i] ?? 0) - 5_000, (corners[i + 1] ?? 0) - 5_000)).toBeCloseTo(3_000, -1);
});

test("a line round nothing is no lasso", () => {
  expect([areaWithin(1, []), areaWithin(1, [5, 5, 5, 5]), areaWithin(1, [0, 0, 9, 9, 20, 20])]).toEqual([
    null,
    null,
    null,
  ]);
});

test("the nearest point within reach is found among those that the filters keep", () => {
  const points = unpacked(
    packed([
      [1, 100, 100, LEFT_OUT],
      [2, 110, 100, 0],
      [3, 130, 100, 0],
    ]),
  );
  expect(nearestPoint(points, 101, 100, 30)).toBe(1);
  expect(nearestPoint(points, 125, 100, 30)).toBe(2);
  expect(nearestPoint(points, 100, 900, 30)).toBe(-1);
});
