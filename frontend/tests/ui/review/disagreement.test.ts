import { expect, test } from "vitest";
import { IGNORE } from "../../../src/model/annotation";
import { disagreement, pictureSize, scaled } from "../../../src/ui/review/disagreement";

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

test("one person alone, or none, parts from nobody", () => {
  expect([...disagreement([map(0, 3)], 4), ...disagreement([], 4)]).toEqual([0, 0]);
});
