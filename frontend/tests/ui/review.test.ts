import { expect, test } from "vitest";
import { IGNORE } from "../../src/model/raster";
import { arranged, CAPTION, GAP } from "../../src/ui/review/arrangement";
import { disagreement, pictureSize, scaled } from "../../src/ui/review/disagreement";
import { inOrderOf, whereabouts } from "../../src/ui/review/review.svelte";

const map = (...levels: number[]) => Uint8Array.from(levels);

test("two people part by the difference of their levels", () => {
  const apart = disagreement([map(0, 0, 3, 2), map(0, 3, 1, IGNORE)], 4);
  expect([...apart].map((value) => Number(value.toFixed(3)))).toEqual([0, 1, 0.667, 1]);
});

test("three people part by the entropy of what they say", () => {
  const apart = disagreement([map(0, 0, 0), map(0, 0, 1), map(0, 1, 2)], 4);
  expect([...apart].map((value) => Number(value.toFixed(3)))).toEqual([0, 0.579, 1]);
});

test("a document is drawn smaller with its photo", () => {
  const region = { id: "a", level: 1, kind: "unknown", rings: [[0, 0, 160, 0, 160, 80]], z: 0 } as const;
  const small = scaled({ base: 0, regions: [region] }, { width: 100, height: 50 }, { width: 50, height: 25 });
  expect(small.regions[0]?.rings).toEqual([[0, 0, 80, 0, 80, 40]]);
  expect(pictureSize({ width: 6000, height: 4000 })).toEqual({ width: 640, height: 427 });
  expect(pictureSize({ width: 48, height: 32 })).toEqual({ width: 48, height: 32 });
});

test("a place is told by where it is on the photo", () => {
  expect(whereabouts([0, 0, 10, 10], 90, 90)).toBe("upper left");
  expect(whereabouts([40, 40, 50, 50], 90, 90)).toBe("middle");
  expect(whereabouts([80, 80, 90, 90], 90, 90)).toBe("lower right");
});

test("what each says of a place stands below their own name, whoever labelled first", () => {
  const people = [
    { annotation: 8, name: "bea", vote: "good" },
    { annotation: 7, name: "ada", vote: "bad" },
    { annotation: 9, name: "cleo", vote: "bad" },
  ];
  const difference = { box: [0, 0, 9, 9], area_px: 81, levels: [3, 1] };
  const [place] = inOrderOf(people, { annotations: [7, 8], differences: [difference] });
  expect(place?.levels).toEqual([1, 3, IGNORE]);
});

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
