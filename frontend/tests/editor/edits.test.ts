import { expect, test } from "vitest";
import {
  moved,
  reordered,
  stacked,
  withMiddleCorner,
  withMovedCorners,
  withoutCorners,
} from "../../src/editor/edits";
import type { Document } from "../../src/model/annotation";
import { box, region } from "../model/shapes";

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

test("only the named corners of a region move, of whichever ring, by whole sub-pixels too", () => {
  const ringed = region("ringed", { rings: [...square.rings, box(30, 20, 40, 30)] });
  const places = [
    { ring: 0, vertex: 3 },
    { ring: 1, vertex: 0 },
  ];
  const { rings } = withMovedCorners(ringed, places, 3, -2);
  expect(
    rings.map((ring) => ring.filter((value, i) => !ringed.rings.flat().includes(value) && i >= 0)),
  ).toEqual([
    [163, 798],
    [483, 318],
  ]);
  expect(ringed.rings[1]).toEqual(box(30, 20, 40, 30)); // the region itself stays as it was
});

test("a new corner lies halfway along the edge, on the grid", () => {
  const slope = region("slope", { rings: [[0, 0, 33, 17, 0, 40]] });
  expect(withMiddleCorner(slope, { ring: 0, vertex: 0 }).rings).toEqual([[0, 0, 17, 9, 33, 17, 0, 40]]);
});

test("a ring that loses all its corners is gone, the others stay", () => {
  const ringed = region("ringed", { rings: [...square.rings, box(30, 20, 40, 30)] });
  const hole = [0, 1, 2, 3].map((vertex) => ({ ring: 1, vertex }));
  expect(withoutCorners(ringed, hole).rings).toEqual(square.rings);
});

test("painting order is told anew from 0, so that regions of the same z change places too", () => {
  const three: Document = { base: 1, regions: ["a", "b", "c"].map((id) => region(id, { z: 7 })) };
  expect(reordered(three, "b", 1)).toEqual({
    base: 1,
    regions: [region("a", { z: 0 }), region("b", { z: 2 }), region("c", { z: 1 })],
  });
  expect([reordered(three, "c", 1), reordered(three, "none", 1)]).toEqual([null, null]);
});

test("the model's base counts where it has one, and one's own order stays", () => {
  const model: Document = { base: null, regions: [region("m", { z: 9 })] };
  const own: Document = { base: 2, regions: [region("late", { z: 5 }), region("early", { z: -1 })] };
  const { base, regions } = stacked(model, own);
  expect([base, regions.map(({ id, z }) => [id, z])]).toEqual([
    2,
    [
      ["m", 9],
      ["early", 10],
      ["late", 11],
    ],
  ]);
});
