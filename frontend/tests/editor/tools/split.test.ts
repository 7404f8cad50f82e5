import { beforeEach, expect, test } from "vitest";
import { SplitTool } from "../../../src/editor/tools/split";
import { areaPx } from "../../../src/model/geometry";
import { box, region } from "../../model/shapes";
import { FakeBench, here, late, settled } from "./bench";

let bench: FakeBench;
let knife: SplitTool;
const square = region("square");

beforeEach(() => {
  bench = new FakeBench();
  knife = new SplitTool(bench, here);
  bench.draw(square);
});

const areas = () => bench.regions.map(({ rings }) => areaPx(rings[0] ?? []));

test("a line across the chosen region cuts it in one step; both parts keep level and kind, the larger its name", async () => {
  bench.select("square");
  bench.drag(knife, [25, 0], [25, 30], [25, 60]);
  await settled();
  const [right, left] = bench.regions;
  expect(right).toMatchObject({ id: "square", level: 2, kind: "motion", z: 0 });
  expect(left).toMatchObject({ level: 2, kind: "motion", z: 0 });
  expect([left?.id === "square", areas(), bench.steps]).toEqual([
    false,
    [35 * 40, 15 * 40],
    ["draw", "split"],
  ]);
  expect(bench.said).toEqual(["Cut into 2 parts. Ctrl+Z joins them again."]);
  bench.store.undo();
  expect(bench.regions).toEqual([square]);
});

test("the parts share the corners of the cut exactly", async () => {
  bench.drag(knife, [25, 0], [25, 60]);
  await settled();
  for (const { rings } of bench.regions) {
    const corners = Array.from({ length: 4 }, (_, i) => rings[0]?.slice(2 * i, 2 * i + 2).join(" "));
    expect(corners.filter((corner) => corner === "400 160" || corner === "400 800").sort()).toEqual([
      "400 160",
      "400 800",
    ]);
  }
});

test("with nothing chosen the line cuts all that it crosses; clicks and Enter do as a drag does", async () => {
  bench.draw(
    region("other", { rings: [box(100, 10, 150, 50)] }),
    region("far", { rings: [box(100, 100, 150, 150)] }),
  );
  for (const x of [0, 80, 170]) bench.click(knife, x, 30);
  expect(knife.draft?.line).toEqual([0, 480, 1280, 480, 2720, 480]);
  expect(knife.finish()).toBe(true);
  await settled();
  expect([knife.draft, bench.steps.at(-1), bench.said]).toEqual([
    null,
    "split",
    ["Cut into 4 parts. Ctrl+Z joins them again."],
  ]);
  expect(areas()).toEqual([50 * 20, 50 * 20, 50 * 50, 50 * 20, 50 * 20]);
});

test("with a region chosen the line cuts no other", async () => {
  bench.draw(region("other", { z: 1 }));
  bench.select("other");
  bench.drag(knife, [25, 0], [25, 60]);
  await settled();
  expect([bench.store.region("square"), bench.regions.length]).toEqual([square, 3]);
});

test("a line may stop 12 screen pixels short of either edge, and no more", async () => {
  bench.drag(knife, [25, 15], [25, 45]); // 10 of them
  await settled();
  expect(bench.regions.length).toBe(2);
  bench.store.undo();
  bench.drag(knife, [25, 17], [25, 43]); // 14
  await settled();
  expect([bench.regions, bench.said.at(-1)]).toEqual([
    [square],
    "The line must go across a region, from edge to edge.",
  ]);
});

test("a line beside everything is refused in the same words", async () => {
  bench.drag(knife, [100, 100], [150, 150]);
  await settled();
  expect([bench.steps, bench.said]).toEqual([
    ["draw"],
    ["The line must go across a region, from edge to edge."],
  ]);
});

test("one click and Enter is no line; without a click there is nothing to finish", () => {
  expect(knife.finish()).toBe(false);
  bench.click(knife, 25, 5);
  expect(knife.finish()).toBe(true);
  expect([knife.draft, bench.said]).toEqual([null, ["Draw the line all the way across the region."]]);
});

test("the line cuts what the regions have become meanwhile", async () => {
  bench.select("square");
  const { apply, answer } = late();
  bench.drag(new SplitTool(bench, apply), [25, 0], [25, 60]);
  bench.store.commit("level", "square", { ...square, level: 3 });
  await answer();
  await answer();
  expect(bench.regions.map(({ level }) => level)).toEqual([3, 3]);
});

test("the line shows the way to the hand but never closes", () => {
  bench.click(knife, 25, 5);
  bench.click(knife, 25, 30);
  bench.click(knife, 40, 30);
  knife.move(bench.at(25, 5.5));
  expect(knife.draft).toEqual({
    line: [400, 80, 400, 480, 640, 480],
    next: { x: 25, y: 5.5 },
    closes: false,
    level: 2,
  });
});

test("a drag that goes on from a click is not the end of the line", async () => {
  bench.click(knife, 25, 0);
  bench.drag(knife, [25, 5], [25, 30]);
  expect([knife.draft === null, bench.regions.length]).toEqual([false, 1]);
  bench.click(knife, 25, 60);
  knife.finish();
  await settled();
  expect(areas()).toEqual([35 * 40, 15 * 40]);
});

test("corners draw the line onto them, and what the photo's edges say is followed", () => {
  knife.move(bench.at(61, 11));
  expect(knife.cue).toEqual({ is: "snap", x: 960, y: 160, onto: "corner", region: "square" });
  bench.click(knife, 61, 11);
  bench.trace = () => [480, 400, 160, 800];
  knife.move(bench.at(10, 50));
  expect(knife.draft).toMatchObject({ line: [960, 160, 480, 400, 160, 800], next: null });
});

test("Escape gives the line up in words and can be undone; Backspace takes one click back", () => {
  expect(knife.cancel()).toBe(false);
  for (const y of [0, 30, 60]) bench.click(knife, 25, y);
  knife.stepBack();
  expect(knife.draft?.line).toEqual([400, 0, 400, 480]);
  knife.stepForward();
  expect(knife.cancel()).toBe(true);
  expect([knife.draft, bench.said]).toEqual([null, ["Line cancelled. Ctrl+Z brings it back."]]);
  knife.stepBack();
  expect(knife.draft?.line).toEqual([400, 0, 400, 480, 400, 960]);
});

test("a second finger takes its stroke back; a line of an earlier visit goes on", () => {
  knife.resume([400, 0, 400, 480]);
  knife.down(bench.at(25, 60));
  knife.dropStroke();
  expect([knife.draft?.line, bench.kept]).toEqual([
    [400, 0, 400, 480],
    [400, 0, 400, 480],
  ]);
});
