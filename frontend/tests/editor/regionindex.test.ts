import { expect, test } from "vitest";
import { RegionIndex } from "../../src/editor/regionindex";
import { imagePoint } from "../../src/editor/viewport";
import { EMPTY } from "../../src/model/annotation";
import { box } from "../model/shapes";
import { boxed, documentOf } from "./bench";

const below = boxed("below", [0, 0, 40, 40], { z: 2 });
const above = boxed("above", [20, 20, 40, 40], { z: 5 });
const ring = boxed("ring", [100, 0, 50, 50], { rings: [box(100, 0, 150, 50), box(110, 10, 140, 40)], z: 9 });
const index = new RegionIndex(documentOf(above, ring, below));

const idAt = (x: number, y: number, reach = 0) => index.at(imagePoint(x, y), reach)?.id ?? null;

test("regions stand in painting order", () => {
  expect(index.regions.map(({ id }) => id)).toEqual(["below", "above", "ring"]);
});

test("at a place is the topmost region that covers it", () => {
  expect([idAt(10, 10), idAt(30, 30), idAt(50, 50), idAt(80, 80)]).toEqual(["below", "above", "above", null]);
});

test("a hole is not inside", () => {
  expect([idAt(105, 25), idAt(125, 25)]).toEqual(["ring", null]);
});

test("an outline is reached from beside it, and the rim of a hole from within", () => {
  expect([idAt(63, 50), idAt(63, 50, 4), idAt(125, 13, 4), idAt(125, 25, 4)]).toEqual([
    null,
    "above",
    "ring",
    null,
  ]);
});

test("those that a box may meet are found by their bounds, in painting order", () => {
  const ids = (...sides: [number, number, number, number]) => index.within(...sides).map(({ id }) => id);
  expect([ids(30, 30, 200, 35), ids(41, 0, 99, 19), ids(120, 20, 121, 21)]).toEqual([
    ["below", "above", "ring"],
    [],
    ["ring"],
  ]);
});

test("a document without regions has nothing anywhere", () => {
  const nothing = new RegionIndex(EMPTY);
  expect([nothing.at(imagePoint(0, 0), 9), nothing.within(-9, -9, 9, 9)]).toEqual([null, []]);
});
