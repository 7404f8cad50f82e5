import { beforeEach, expect, test } from "vitest";
import { Selection } from "../../src/editor/selection";
import { EMPTY } from "../../src/model/annotation";
import { areaPx } from "../../src/model/geometry";
import { Store } from "../../src/model/store";
import { box, region } from "../model/shapes";
import { here, late } from "./tools/bench";

let store: Store;
let selection: Selection;
let said: string[];
const square = region("square");

beforeEach(() => {
  store = new Store(EMPTY);
  store.commit("draw", "square", square);
  said = [];
  selection = new Selection(store, () => {}, {
    say: (words) => said.push(words),
    refuse: (words) => said.push(words),
  });
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
  expect(said).toEqual(["Joined with 1 region.", "No other region of this level touches it."]);
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

test("corners are stepped through around the ring, from the first or from the last", () => {
  const stepped = (by: number) => {
    selection.choose("square");
    return [1, 2, 3, 4, 5].map(() => {
      selection.stepCorner(by);
      return selection.corners.map(({ ring, vertex }) => `${ring}.${vertex}`).join();
    });
  };
  expect(stepped(1)).toEqual(["0.0", "0.1", "0.2", "0.3", "0.0"]);
  expect(stepped(-1)).toEqual(["0.3", "0.2", "0.1", "0.0", "0.3"]);
});

test("regions are stepped through in painting order, from either end where none is chosen, and round", () => {
  store.commit("draw", "above", region("above", { z: 4 }));
  store.commit("draw", "below", region("below", { z: -1 }));
  const around = (id: string | null) => {
    selection.choose(id);
    return [selection.step(1)?.id ?? null, selection.step(-1)?.id ?? null];
  };
  expect([around(null), around("square"), around("above")]).toEqual([
    ["below", "above"],
    ["above", "below"],
    ["below", "square"],
  ]);
});

test("the region moves and is deleted whole where no corner is chosen, a step each", () => {
  selection.nudge(3, -1);
  expect(selection.region?.rings).toEqual([box(13, 9, 63, 49)]);
  selection.delete();
  expect([store.document.regions, store.log.map(({ kind }) => kind)]).toEqual([
    [],
    ["draw", "move", "delete"],
  ]);
});

test("a region of which all corners are chosen is deleted with them", () => {
  selection.choose(
    "square",
    [0, 1, 2, 3].map((vertex) => ({ ring: 0, vertex })),
  );
  selection.delete();
  expect(store.document.regions).toEqual([]);
});

test("a new corner is chosen in place of the one before it", () => {
  selection.choose("square", [{ ring: 0, vertex: 1 }]);
  selection.insertCorner();
  expect([selection.region?.rings[0]?.slice(2, 8), selection.corners]).toEqual([
    [960, 160, 960, 480, 960, 800],
    [{ ring: 0, vertex: 2 }],
  ]);
});

test("a corner that is nudged across the outline stays where it was, and it is said why", () => {
  selection.choose("square", [{ ring: 0, vertex: 0 }]);
  selection.nudge(60, 10);
  expect([selection.region, said]).toEqual([
    square,
    ["That outline crosses itself. Draw around the area without crossing."],
  ]);
});

test("a join takes what was drawn while it was worked out into account", async () => {
  store.commit("draw", "n", region("n", { rings: [box(50, 10, 100, 50)] }));
  const { apply, answer } = late();
  const joining = selection.join(apply);
  store.commit("draw", "m", region("m", { rings: [box(20, 50, 40, 90)] }));
  await answer();
  await answer();
  await joining;
  const { regions } = store.document;
  expect(regions.map(({ id, rings }) => [id, areaPx(rings[0] ?? [])])).toEqual([
    ["square", 90 * 40 + 20 * 40],
  ]);
});

test("with nothing chosen keys change nothing, and those that need a region say so", async () => {
  selection.choose(null);
  selection.stepCorner(1);
  selection.delete();
  selection.nudge(1, 1);
  selection.simplify();
  selection.reorder(1);
  await selection.join(here);
  expect([store.document.regions, store.log.length]).toEqual([[square], 1]);
  expect(said).toEqual(Array(4).fill("Choose a region first: Tab steps through them."));
  store.commit("delete", "square", null);
  selection.delete();
  expect(said.at(-1)).toBe("No region is drawn here yet that could be chosen.");
});
