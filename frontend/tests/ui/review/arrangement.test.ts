import { expect, test } from "vitest";
import { arranged, CAPTION, GAP } from "../../../src/ui/review/arrangement";

const PHOTO = { width: 6000, height: 4000 };

test("tiles stand in as many columns as make them large", () => {
  const columns = (count: number, width: number, height: number, photo = PHOTO) =>
    arranged(count, photo, { width, height }).columns;
  expect([1, 2, 3, 4].map((count) => columns(count, 1312, 730))).toEqual([1, 2, 3, 2]);
  expect([2, 3, 4].map((count) => columns(count, 952, 598))).toEqual([2, 2, 2]);
  expect([2, 3, 4].map((count) => columns(count, 1312, 730, { width: 3000, height: 4000 }))).toEqual([
    2, 3, 4,
  ]);
  expect([2, 3, 4].map((count) => columns(count, 328, 570))).toEqual([1, 1, 1]);
});

test("tiles have the photo's shape and fit into the window, side by side", () => {
  const { columns, width, height } = arranged(4, PHOTO, { width: 1312, height: 730 });
  expect(columns * width + GAP).toBeLessThanOrEqual(1312);
  expect(2 * (height + CAPTION) + GAP).toBeLessThanOrEqual(731);
  expect(width / height).toBeCloseTo(1.5, 1);
  const { width: long, height: low } = arranged(
    1,
    { width: 9000, height: 1000 },
    { width: 800, height: 600 },
  );
  expect([long, low]).toEqual([800, 400]);
});
