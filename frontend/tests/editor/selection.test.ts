import { beforeEach, expect, test } from "vitest";
import { Selection } from "../../src/editor/selection";
import { EMPTY } from "../../src/model/annotation";
import { Store } from "../../src/model/store";
import { box, region } from "../model/shapes";
import { here } from "./tools/bench";

let store: Store;
let selection: Selection;
let said: string[];
const square = region("square");

beforeEach(() => {
  store = new Store(EMPTY);
  store.commit("draw", "square", square);
  said = [];
  selection = new Selection(
    store,
    () => {},
    (words) => said.push(words),
  );
  selection.choose("square");
});

test("join makes one region of those of a level that touch, in one step", async () => {
  store.commit("draw", "n", region("n", { z: 4, rings: [box(50, 10, 100, 50)] }));
  store.commit("draw", "far", region("far", { z: 5, rings: [[1000, 900, 1500, 1600, 200, 1600]] }));
  store.commit("draw", "high", { ...square, id: "high", z: 6, level: 3 });
  const steps = store.log.length;
  await selection.join(here);
  expect(store.log.length).toBe(steps + 1);
  expect(store.document.regions.map(({ id, z }) => [id, z])).toEqual([
    ["square", 4],
    ["far", 5],
    ["high", 6],
  ]);
  await selection.join(here);
  expect(said).toEqual(["No other region of this level touches it."]);
});

test("simplify takes corners that nobody would see missing", () => {
  store.commit("reshape", "square", {
    ...square,
    rings: [[160, 160, 500, 162, 960, 160, 960, 800, 160, 800]],
  });
  selection.simplify();
  expect([selection.region?.rings, said]).toEqual([[box(10, 10, 60, 50)], ["1 corner fewer."]]);
});

test("chosen corners are nudged and deleted together; with the last corner of a hole the hole is gone", () => {
  store.commit("reshape", "square", { ...square, rings: [...square.rings, box(30, 20, 40, 30)] });
  const places = (ring: number, ...vertices: number[]) => vertices.map((vertex) => ({ ring, vertex }));
  selection.choose("square", places(1, 0, 1));
  selection.nudge(0, -2);
  expect(selection.region?.rings[1]).toEqual(box(30, 18, 40, 30));
  selection.insertCorner();
  expect(said.at(-1)).toBe("Choose one corner first: Ctrl+→ steps through them.");
  selection.choose("square", places(1, 0, 1));
  selection.delete();
  expect([said.at(-1), selection.region?.rings.length]).toEqual([
    "That outline is too small to be a region. Draw a larger one.",
    2,
  ]);
  selection.choose("square", places(1, 0, 1, 2, 3));
  selection.delete();
  expect(selection.region?.rings).toEqual(square.rings);
});
