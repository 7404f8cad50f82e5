import { beforeEach, expect, test } from "vitest";
import type { Photo } from "../../../src/editor/photo";
import { ClickTool, type Outline } from "../../../src/editor/tools/click";
import type { Prompt } from "../../../src/model/clickdecoder";
import { box } from "../../model/shapes";
import { FakeBench, settled } from "./bench";

let bench: FakeBench;
let tool: ClickTool;
let asked: Prompt[];

/** Finds a box that grows with each click inside and shrinks with each outside. */
const outline: Outline = async (prompt) => {
  asked.push(prompt);
  const side = prompt.clicks.reduce((sum, { isInside }) => sum + (isInside ? 20 : -5), prompt.box ? 50 : 0);
  return side > 0 ? [box(10, 10, 10 + side, 10 + side)] : [];
};

beforeEach(() => {
  bench = new FakeBench();
  tool = new ClickTool(bench);
  asked = [];
  tool.give(bench.photo as Photo, outline);
});

const width = () => (bench.shown ? Math.max(...(bench.shown.rings[0] ?? [])) / 16 - 10 : null);

async function click(x: number, y: number, keys = {}) {
  bench.click(tool, x, y, keys);
  await settled();
}

test("clicks are shown as an outline, and Enter makes it a region in one step of undo", async () => {
  await click(30, 40);
  expect([width(), bench.regions]).toEqual([20, []]);
  await click(50, 40);
  await click(90, 40, { shift: true });
  await click(95, 40, { alt: true });
  expect(width()).toBe(30);
  expect(asked.at(-1)).toEqual({
    clicks: [
      { x: 30, y: 40, isInside: true },
      { x: 50, y: 40, isInside: true },
      { x: 90, y: 40, isInside: false },
      { x: 95, y: 40, isInside: false },
    ],
    box: null,
  });
  expect(tool.finish()).toBe(true);
  await settled();
  expect(bench.steps).toEqual(["draw"]);
  expect(bench.regions).toMatchObject([{ id: bench.selectedId, level: 2, kind: "motion" }]);
  expect(bench.said).toEqual(["The outline is a region of level 2 now, 4 corners."]);
  expect([bench.shown, tool.cue, tool.finish()]).toEqual([null, null, false]);
});

test("a drag is a box around the thing, in whichever direction it goes", async () => {
  tool.down(bench.at(80, 60));
  tool.move(bench.at(20, 90));
  expect(tool.cue).toMatchObject({ is: "frame" });
  tool.up();
  await settled();
  expect(asked).toEqual([{ clicks: [], box: [20, 60, 80, 90] }]);
  await click(30, 70);
  expect([asked.at(-1)?.box, width()]).toEqual([[20, 60, 80, 90], 70]);
});

test("Backspace and undo take the last gesture back, Escape all", async () => {
  await click(30, 40);
  await click(50, 40);
  expect(tool.stepBack()).toBe(true);
  await settled();
  expect(width()).toBe(20);
  await click(50, 40);
  expect([tool.cancel(), width(), tool.cancel(), tool.stepBack()]).toEqual([true, null, false, false]);
  expect(bench.steps).toEqual([]);
});

test("what is clicked before the photo was looked at is outlined once it was", async () => {
  bench.photo = { width: 600, height: 400, bitmaps: [] };
  expect(tool.isReady).toBe(false);
  await click(30, 40);
  expect(bench.said).toEqual(["The photo is still being looked at; the outline comes by itself."]);
  tool.give(bench.photo, outline);
  await settled();
  expect([tool.isReady, width()]).toEqual([true, 20]);
});

test("nothing found, and a first click that takes away, are told in words", async () => {
  await click(30, 40, { shift: true });
  expect(asked).toEqual([]);
  const blind = new ClickTool(bench);
  blind.give(bench.photo as Photo, async () => []);
  bench.click(blind, 30, 40);
  await settled();
  expect(blind.finish()).toBe(true);
  await settled();
  expect(bench.said).toEqual([
    "Click on the thing first; then Shift and a click take away what is too much.",
    "Nothing is found there. Click on its middle, or drag a box.",
    "There is no outline to take yet.",
  ]);
  expect(bench.steps).toEqual([]);
});
