import { beforeEach, expect, test } from "vitest";
import { BrushTool } from "../../../src/editor/tools/brush";
import { netArea } from "../../../src/model/geometry";
import { box, region } from "../../model/shapes";
import { FakeBench, here, late, settled } from "./bench";

let bench: FakeBench; // its brush is 20 photo pixels across
let brush: BrushTool;
let eraser: BrushTool;

beforeEach(() => {
  bench = new FakeBench();
  brush = new BrushTool(bench, "brush", here);
  eraser = new BrushTool(bench, "eraser", here);
});

async function stroke(tool: BrushTool, ...places: [number, number][]) {
  bench.drag(tool, ...places);
  await settled();
}

/** Square photo pixels of a region; the outline of a round brush is within 3 % of a circle's. */
const area = (id: string | null) => netArea(bench.store.region(id)?.rings ?? []) / 512;
const stadium = (length: number) => length * 20 + Math.PI * 100;

function expectNear(found: number, wanted: number) {
  expect(Math.abs(found / wanted - 1)).toBeLessThan(0.03);
}

test("a stroke becomes a region of the level and kind in hand, chosen and painted above all", async () => {
  bench.draw(region("below", { z: 3, rings: [box(200, 100, 250, 150)] }));
  await stroke(brush, [50, 50], [100, 50]);
  expect(bench.selected).toMatchObject({ level: 2, kind: "motion", z: 4 });
  expectNear(area(bench.selectedId), stadium(50));
  expect([bench.steps, brush.draft]).toEqual([["draw", "brush"], null]);
});

test("the next stroke grows the chosen region, another level starts another", async () => {
  await stroke(brush, [50, 50], [100, 50]);
  const first = bench.selectedId;
  await stroke(brush, [100, 50], [100, 100]);
  expect([bench.selectedId, bench.regions.length]).toEqual([first, 1]);
  bench.level = 3;
  await stroke(brush, [50, 90], [60, 90]);
  expect([bench.regions.map(({ level }) => level), bench.steps]).toEqual([
    [2, 3],
    ["brush", "brush", "brush"],
  ]);
  for (let i = 0; i < 3; i++) bench.store.undo();
  expect(bench.regions).toEqual([]);
});

test("with nothing chosen a stroke over a region of the level is a region of its own", async () => {
  bench.draw(region("square"));
  await stroke(brush, [30, 30], [100, 30]);
  expect([bench.regions.length, bench.store.region("square")]).toEqual([2, region("square")]);
});

test("a stroke around encloses a hole, and a stroke in the hole closes it", async () => {
  await stroke(brush, [50, 50], [110, 50], [110, 110], [50, 110], [50, 50]);
  expect(bench.selected?.rings.length).toBe(2);
  bench.brushSize = 120;
  await stroke(brush, [80, 80]);
  expect(bench.selected?.rings.length).toBe(1);
});

test("the brush is as wide on the screen at any zoom", async () => {
  bench.view = { scale: 4, x: 0, y: 0 };
  await stroke(brush, [50, 50]);
  expectNear(area(bench.selectedId), Math.PI * 25);
});

test("a brush is at least a photo pixel in radius, and what is too small for a region is refused in words", async () => {
  bench.brushSize = 1;
  await stroke(brush, [50, 50]);
  expect([bench.regions, bench.said]).toEqual([
    [],
    ["That stroke is too small to be a region. Use a larger brush."],
  ]);
  await stroke(brush, [50, 50], [100, 50]);
  expectNear(area(bench.selectedId), 50 * 2 + Math.PI);
});

test("the hand's line is shown while it is drawn, in steps of 2 screen pixels", () => {
  brush.down(bench.at(50, 50));
  brush.move(bench.at(50.5, 50));
  brush.move(bench.at(51, 50));
  brush.move(bench.at(51.5, 50.5));
  brush.move(bench.at(53, 50));
  expect(brush.draft).toEqual({
    line: [800, 800, 816, 800, 848, 800],
    next: null,
    closes: false,
    level: 2,
    brush: 40,
  });
  expect(bench.regions).toEqual([]);
});

test("the stroke stays to be seen until its region is there", async () => {
  const { apply, answer } = late();
  const slow = new BrushTool(bench, "brush", apply);
  bench.drag(slow, [50, 50], [100, 50]);
  expect([slow.draft?.line, bench.regions]).toEqual([[800, 800, 1600, 800], []]);
  await answer();
  expect([slow.draft, bench.regions.length]).toEqual([null, 1]);
});

test("a stroke that is begun before the last one's region is there is kept", async () => {
  const { apply, answer } = late();
  const slow = new BrushTool(bench, "brush", apply);
  bench.drag(slow, [50, 50], [100, 50]);
  slow.down(bench.at(150, 150));
  await answer();
  expect([slow.draft?.line, bench.regions.length]).toEqual([[2400, 2400], 1]);
});

test("a stroke grows what its region has become meanwhile", async () => {
  const square = region("square");
  bench.draw(square);
  bench.select("square");
  const { apply, answer } = late();
  bench.drag(new BrushTool(bench, "brush", apply), [60, 30], [80, 30]);
  bench.store.commit("move", "square", { ...square, rings: [box(10, 10, 60, 100)] });
  await answer();
  await answer();
  const rings = bench.selected?.rings ?? [];
  expectNear(netArea(rings) / 512, 50 * 90 + 20 * 20 + Math.PI * 50);
});

test("a stroke for a region that is deleted meanwhile becomes one of its own", async () => {
  bench.draw(region("square"));
  bench.select("square");
  const { apply, answer } = late();
  bench.drag(new BrushTool(bench, "brush", apply), [60, 30], [80, 30]);
  bench.store.commit("delete", "square", null);
  await answer();
  await answer();
  expect([bench.regions.length, bench.steps]).toEqual([1, ["draw", "delete", "brush"]]);
  expectNear(area(bench.selectedId), stadium(20));
});

test("the eraser cuts what it touches in one step of undo, and leaves no empty region", async () => {
  bench.draw(region("square"), region("small", { level: 1, z: 9, rings: [[480, 480, 640, 480, 640, 640]] }));
  await stroke(eraser, [35, 0], [35, 60]);
  expect(bench.steps).toEqual(["draw", "draw", "erase"]);
  expect(bench.regions.map(({ id, rings }) => [id, rings.length])).toEqual([["square", 2]]);
  expect(area("square")).toBe(50 * 40 - 20 * 40);
  bench.store.undo();
  expect(bench.regions.map(({ id }) => id)).toEqual(["square", "small"]);
});

test("with a region chosen the eraser takes from no other", async () => {
  const [under, over] = [region("under"), region("over", { z: 1 })];
  bench.draw(under, over);
  bench.select("over");
  await stroke(eraser, [35, 0], [35, 60]);
  expect([bench.store.region("under"), area("over")]).toEqual([under, 50 * 40 - 20 * 40]);
});

test("where the eraser touches nothing there is no step to undo", async () => {
  await stroke(eraser, [35, 0], [35, 60]);
  const corner = region("corner", {
    rings: [[160, 160, 1600, 160, 1600, 320, 320, 320, 320, 1600, 160, 1600]],
  });
  bench.draw(corner);
  await stroke(eraser, [70, 70], [80, 80]); // within its bounds, between its arms
  bench.select("corner");
  await stroke(eraser, [200, 150], [250, 150]);
  expect([bench.steps, bench.regions]).toEqual([["draw"], [corner]]);
});

test("an eraser that takes nothing says why", async () => {
  bench.draw(region("square"), region("other", { z: 1 }));
  await stroke(eraser, [300, 200], [320, 200]);
  bench.select("other");
  await stroke(eraser, [300, 200], [320, 200]);
  expect(bench.said).toEqual([
    "The eraser takes from regions; none is here.",
    "The eraser takes from the chosen region only; Esc lets it go.",
  ]);
  expect(eraser.draft).toBe(null);
});

test("what the eraser does not touch keeps each of its corners", async () => {
  const arms = [160, 160, 900, 163, 1600, 160, 1600, 320, 320, 320, 320, 1600, 160, 1600];
  const lumpy = region("lumpy", { rings: [arms] });
  const under = region("under", { z: 1, rings: [box(60, 60, 200, 100)] });
  bench.draw(lumpy, under);
  await stroke(eraser, [80, 70], [150, 70]); // within the bounds of both
  expect([bench.store.region("lumpy"), bench.steps.at(-1)]).toEqual([lumpy, "erase"]);
});

test("the eraser takes from what the regions have become meanwhile", async () => {
  bench.draw(region("square"));
  const { apply, answer } = late();
  bench.drag(new BrushTool(bench, "eraser", apply), [35, 0], [35, 60]);
  bench.store.commit("level", "square", region("square", { level: 3 }));
  await answer();
  await answer();
  expect([bench.store.region("square")?.level, area("square")]).toEqual([3, 50 * 40 - 20 * 40]);
});

test.each(["Escape", "Backspace", "a second finger"])("%s gives the stroke up", async (what) => {
  brush.down(bench.at(50, 50));
  brush.move(bench.at(90, 50));
  if (what === "Escape") expect(brush.cancel()).toBe(true);
  else if (what === "Backspace") expect(brush.stepBack()).toBe(true);
  else brush.dropStroke();
  brush.up();
  await settled();
  expect([brush.draft, bench.regions, brush.cancel()]).toEqual([null, [], false]);
});

test("Enter and redo find nothing to do, and the brush's ring is its cursor", () => {
  brush.down(bench.at(50, 50));
  expect([brush.finish(), brush.stepForward(), brush.cursor(), brush.cue]).toEqual([
    false,
    false,
    "none",
    null,
  ]);
});
