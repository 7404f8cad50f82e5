import { expect, test } from "vitest";
import { BARE, FIRST_LOOKS, layersOf } from "../../src/editor/layers";
import type { Document } from "../../src/model/annotation";

const own: Document = { base: 0, regions: [] };
const model: Document = { base: 2, regions: [] };

test("nothing lies over the photo at first", () => {
  expect(layersOf(FIRST_LOOKS, own, model, [], 10)).toEqual({ tints: [], difference: null, sharpness: null });
});

test("a split shows mine left and the model's right of the edge", () => {
  const { tints } = layersOf({ ...FIRST_LOOKS, isSplit: true }, own, model, [], 10);
  expect(tints.map(({ document, from, to }) => [document.base, from, to])).toEqual([
    [0, null, 10],
    [2, 10, null],
  ]);
});

test("without a model's map there is nothing to differ from", () => {
  const looks = { ...FIRST_LOOKS, isDifferenceShown: true };
  expect(layersOf(looks, own, null, [], 0).difference).toBeNull();
  expect(layersOf(looks, own, model, [], 0).difference).toEqual({ own, model, opacity: 0.8 });
});

test("one thing at a time lies over the photo", () => {
  expect(Object.values(BARE).some(Boolean)).toBe(false);
});
