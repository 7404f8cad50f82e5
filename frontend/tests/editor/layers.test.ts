import { expect, test } from "vitest";
import { BARE, FIRST_LOOKS, layersOf, NO_ASIDES } from "../../src/editor/layers";
import { type Document, EMPTY } from "../../src/model/annotation";

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

test("what cannot be judged lies over the model's map, not over mine", () => {
  const noEvidence: Document = { base: null, regions: [] };
  const { tints } = layersOf({ ...FIRST_LOOKS, isSplit: true }, own, model, [], 10, {
    ...NO_ASIDES,
    noEvidence,
  });
  expect(tints.map((tint) => tint.noEvidence === noEvidence)).toEqual([false, true]);
});

test("without a model's map there is nothing to differ from", () => {
  const looks = { ...FIRST_LOOKS, isDifferenceShown: true };
  expect(layersOf(looks, own, null, [], 0).difference).toBeNull();
  expect(layersOf(looks, own, model, [], 0).difference).toEqual({
    own,
    model,
    noEvidence: EMPTY,
    opacity: 0.8,
  });
});

test("one thing at a time lies over the photo", () => {
  expect(Object.values(BARE).some(Boolean)).toBe(false);
});
