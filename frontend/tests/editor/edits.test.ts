import { expect, test } from "vitest";
import { moved, reordered, stacked, withMiddleCorner, withoutCorners } from "../../src/editor/edits";
import type { Document } from "../../src/model/annotation";
import { region } from "../model/shapes";

const square = region("square");

test("a region is moved, gains a corner and loses it, and changes its place in the order", () => {
  expect(moved(square, [], 1, -2).rings[0]?.slice(0, 2)).toEqual([176, 128]);
  expect(moved(square, [{ ring: 0, vertex: 1 }], 10, 0).rings[0]?.slice(0, 4)).toEqual([160, 160, 1120, 160]);
  const longer = withMiddleCorner(square, { ring: 0, vertex: 3 });
  expect(longer.rings[0]?.slice(8)).toEqual([160, 480]);
  expect(withoutCorners(longer, [{ ring: 0, vertex: 4 }])).toEqual(square);
  const pair: Document = { base: null, regions: [square, { ...square, id: "z" }] };
  expect(reordered(pair, "square", 1)?.regions.map(({ z }) => z)).toEqual([1, 0]);
  expect(reordered(pair, "square", -1)).toBeNull();
});

test("accepting the model's map keeps one's own regions on top, and accepting twice adds none", () => {
  const model: Document = { base: 0, regions: [{ ...square, id: "m1", z: 3 }] };
  const once = stacked(model, { base: null, regions: [square] });
  expect(once).toEqual({ base: 0, regions: [model.regions[0], { ...square, z: 4 }] });
  expect(stacked(model, once)).toEqual(once);
});
