import { beforeEach, expect, test } from "vitest";
import type { Flood } from "../../../src/editor/sharpness";
import { WandTool } from "../../../src/editor/tools/wand";
import { flooded, ringsOf } from "../../../src/model/flood";
import type { SharpnessMap } from "../../../src/model/sharpness";
import { Store } from "../../../src/model/store";
import { box, region } from "../../model/shapes";
import { FakeBench, here, settled } from "./bench";

/** From left to right four bands of 75 by 200 px: sharp, nearly as sharp, soft, and nothing to judge by. */
const BANDS = [225, 180, 100, 0];
const CELL = 5;
const map: SharpnessMap = {
  x: 0,
  y: 0,
  cell: CELL,
  columns: 60,
  rows: 40,
  values: Uint8Array.from({ length: 2400 }, (_, i) => BANDS[Math.floor((i % 60) / 15)] as number),
};
const floodMap: Flood = async (_, x, y, tolerance) => {
  const taken = flooded(map, Math.floor(x / CELL), Math.floor(y / CELL), tolerance);
  return taken && ringsOf(taken, map, 300, 200);
};

let bench: FakeBench;
let wand: WandTool;

beforeEach(() => {
  bench = new FakeBench();
  wand = new WandTool(bench, floodMap, here);
});

async function click(x: number, y: number) {
  bench.click(wand, x, y);
  await settled();
}

/** How far to the right the chosen region goes, in photo pixels. */
const right = () => Math.max(...(bench.selected?.rings[0] ?? []).filter((_, i) => i % 2 === 0)) / 16;

test("a click takes what is as sharp as that place, as a chosen region in one step of undo", async () => {
  wand.tolerance = 40;
  await click(30, 100);
  const [drawn] = bench.regions;
  expect(drawn).toMatchObject({ level: 2, kind: "motion", z: 0 });
  expect([right(), bench.selectedId, bench.steps]).toEqual([75, drawn?.id, ["draw"]]);
  expect(bench.said).toEqual(["The wand took a region of level 2, 4 corners."]);
  bench.store.undo();
  expect(bench.regions).toEqual([]);
});

test("a region of the wand is painted above all others", async () => {
  bench.draw(region("below", { z: 4 }));
  await click(30, 100);
  expect(bench.selected?.z).toBe(5);
});

test("while the hand drags, what would be taken is shown and nothing is committed", async () => {
  wand.down(bench.at(30, 100));
  await settled();
  expect([bench.shown?.rings.length, bench.regions]).toEqual([1, []]);
  wand.up();
  await settled();
  expect(bench.regions.map(({ id }) => id)).toEqual([bench.shown?.id]);
});

test("a drag to the right takes more and one to the left less, a step for each 4 screen pixels", async () => {
  wand.down(bench.at(30, 100));
  wand.move(bench.at(28, 100));
  wand.move(bench.at(20, 100)); // 20 screen pixels
  expect(wand.tolerance).toBe(43);
  wand.up();
  await settled();
  expect(right()).toBe(75);
  bench.drag(wand, [30, 100], [190, 100]); // 320
  await settled();
  expect([wand.tolerance, right()]).toEqual([43 + 80, 150]);
  bench.drag(wand, [30, 100], [40, 100]);
  await settled();
  expect([wand.tolerance, right()]).toEqual([128, 225]);
});

test("the tolerance stays between 4 and 250", async () => {
  bench.drag(wand, [200, 100], [-3000, 100]);
  expect(wand.tolerance).toBe(4);
  bench.drag(wand, [200, 100], [3000, 100]);
  expect(wand.tolerance).toBe(250);
  await settled();
});

test("a place with nothing to judge by makes no region, and says why", async () => {
  await click(280, 100);
  expect([bench.steps, bench.shown, bench.said]).toEqual([
    [],
    null,
    ["This place is too even to tell how sharp it is. Click on texture or on an edge."],
  ]);
});

test("what is too small for a region is refused in words", async () => {
  const crumb = new WandTool(bench, async () => [box(10, 10, 13, 13)], here);
  bench.click(crumb, 11, 11);
  await settled();
  expect([bench.steps, bench.shown, bench.said]).toEqual([
    [],
    null,
    ["That is too small to be a region. Drag to the right to take more."],
  ]);
});

test("crumbs go with the region, and rings that cross come free of it", async () => {
  const bowTie = [160, 160, 960, 800, 960, 160, 160, 800];
  const untidy = new WandTool(
    bench,
    async () => [box(100, 10, 150, 50), box(200, 10, 203, 13), bowTie],
    here,
  );
  bench.click(untidy, 110, 20);
  await settled();
  expect(bench.selected?.rings.length).toBe(3); // the box, and both halves of the tie
});

test("the keys take more and less of the last place, each as a step of undo of the same region", async () => {
  wand.tolerance = 44;
  await click(30, 100);
  const id = bench.selectedId;
  wand.step(1);
  await settled();
  expect([wand.tolerance, right(), bench.selectedId]).toEqual([50, 150, id]);
  wand.step(-1);
  await settled();
  expect([right(), bench.steps]).toEqual([75, ["draw", "reshape", "reshape"]]);
  bench.store.undo();
  expect(right()).toBe(150);
  expect(bench.said.slice(1, 4)).toEqual([
    "The wand takes more: tolerance 50.",
    "The wand took a region of level 2, 4 corners.",
    "The wand takes less: tolerance 44.",
  ]);
});

test("a region that was reshaped by hand is not taken anew by the keys", async () => {
  await click(30, 100);
  const drawn = bench.selected as NonNullable<typeof bench.selected>;
  const byHand = { ...drawn, rings: [box(0, 0, 60, 60)] };
  bench.store.commit("reshape", drawn.id, byHand);
  wand.step(1);
  await settled();
  expect([wand.tolerance, bench.selected]).toEqual([54, byHand]);
});

test("a level that was changed since stays when the keys take more", async () => {
  wand.tolerance = 44;
  await click(30, 100);
  const drawn = bench.selected as NonNullable<typeof bench.selected>;
  bench.store.commit("level", drawn.id, { ...drawn, level: 0 });
  wand.step(1);
  await settled();
  expect([bench.selected?.level, right()]).toEqual([0, 150]);
});

test("a region that is undone while the wand looks again stays undone", async () => {
  wand.tolerance = 44;
  await click(30, 100);
  wand.step(1);
  bench.store.undo();
  await settled();
  expect([bench.regions, bench.store.canRedo]).toEqual([[], true]);
});

test("without a photo nothing is taken", async () => {
  bench.photo = null;
  await click(30, 100);
  expect([bench.steps, bench.said]).toEqual([[], []]);
});

test("when another photo comes before the answer, nothing of the old one is kept on it", async () => {
  const before = bench.store;
  bench.click(wand, 30, 100);
  bench.store = new Store({ base: 1, regions: [] });
  await settled();
  expect([before.log, bench.regions, bench.selectedId, bench.said]).toEqual([[], [], null, []]);
});

test("what was found on a photo that was exchanged meanwhile is neither shown nor kept", async () => {
  wand.down(bench.at(30, 100));
  bench.photo = { width: 300, height: 200, bitmaps: [] };
  await settled();
  expect(bench.shown).toBeNull();
  wand.up();
  await settled();
  expect(bench.steps).toEqual([]);
});

test.each(["Escape", "a second finger"])("%s gives the gesture up", async (what) => {
  wand.down(bench.at(30, 100));
  await settled();
  if (what === "Escape") expect(wand.cancel()).toBe(true);
  else wand.dropStroke();
  wand.up();
  await settled();
  expect([bench.shown, bench.steps, wand.cancel()]).toEqual([null, [], false]);
});

test("Enter, Backspace and redo find nothing to do", () => {
  wand.down(bench.at(30, 100));
  expect([wand.finish(), wand.stepBack(), wand.stepForward(), wand.cursor(), wand.draft, wand.cue]).toEqual([
    false,
    false,
    false,
    "crosshair",
    null,
    null,
  ]);
});
