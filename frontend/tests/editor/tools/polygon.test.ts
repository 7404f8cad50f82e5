import { beforeEach, expect, test } from "vitest";
import { PolygonTool } from "../../../src/editor/tools/polygon";
import { areaPx } from "../../../src/model/geometry";
import { box, disc, region } from "../../model/shapes";
import { FakeBench } from "./bench";

let bench: FakeBench;
let polygon: PolygonTool;

beforeEach(() => {
  bench = new FakeBench();
  polygon = new PolygonTool(bench);
});

const corners = [
  [10, 10],
  [60, 10],
  [60, 50],
  [10, 50],
] as const;

function clickCorners(count: number = corners.length) {
  for (const [x, y] of corners.slice(0, count)) bench.click(polygon, x, y);
}

test("four clicks and one on the first corner make one region and one step of undo", () => {
  clickCorners();
  bench.click(polygon, 10.5, 10.5);
  const [drawn] = bench.regions;
  expect(drawn).toEqual({ id: drawn?.id, level: 2, kind: "motion", z: 0, rings: [box(10, 10, 60, 50)] });
  expect([bench.selectedId, polygon.draft, bench.steps, bench.kept]).toEqual([drawn?.id, null, ["draw"], []]);
});

test("Enter closes what a click on the first corner closes, and has nothing to do without a line", () => {
  expect(polygon.finish()).toBe(false);
  clickCorners(3);
  expect(polygon.finish()).toBe(true);
  expect(bench.regions.map(({ rings }) => rings)).toEqual([[[160, 160, 960, 160, 960, 800]]]);
  bench.store.undo();
  expect(bench.regions).toEqual([]);
});

test("the second click of a double click adds no corner", () => {
  clickCorners();
  bench.click(polygon, 10, 50);
  polygon.finish();
  expect(bench.regions[0]?.rings).toEqual([box(10, 10, 60, 50)]);
});

test("a region has the level and the kind in hand and is painted above all others", () => {
  bench.draw(region("below", { z: 6, rings: [box(200, 100, 250, 150)] }));
  bench.level = 0;
  bench.kind = "shake";
  clickCorners();
  polygon.finish();
  expect(bench.selected).toMatchObject({ level: 0, kind: "shake", z: 7 });
});

test("the line shows where the next corner would be, and that a click at the first one closes it", () => {
  expect(polygon.draft).toBeNull();
  clickCorners(3);
  polygon.move(bench.at(30, 45));
  expect(polygon.draft).toEqual({
    line: [160, 160, 960, 160, 960, 800],
    next: { x: 30, y: 45 },
    closes: false,
    level: 2,
  });
  polygon.move(bench.at(12, 13)); // 4 and 6 screen pixels off
  expect([polygon.draft?.closes, polygon.cursor(bench.at(12, 13))]).toEqual([true, "pointer"]);
  polygon.move(bench.at(14, 13)); // 8 and 6
  expect([polygon.draft?.closes, polygon.cursor(bench.at(14, 13))]).toEqual([false, "crosshair"]);
});

test("two corners close nothing", () => {
  clickCorners(2);
  expect(polygon.cursor(bench.at(10, 10))).toBe("crosshair");
  bench.click(polygon, 10, 10);
  expect([polygon.draft?.line.length, bench.regions]).toEqual([6, []]);
});

test("a drag from nothing is a freehand outline that closes by itself, with far fewer points than were drawn", () => {
  const circle = Array.from({ length: 200 }, (_, i): [number, number] => {
    const angle = (i / 200) * 2 * Math.PI;
    return [100 + 40 * Math.cos(angle), 100 + 40 * Math.sin(angle)];
  });
  bench.drag(polygon, ...circle);
  const ring = bench.regions[0]?.rings[0] ?? [];
  expect(Math.abs(areaPx(ring) - Math.PI * 1600) / (Math.PI * 1600)).toBeLessThan(0.03);
  expect(ring.length / 2).toBeLessThan(60);
});

test("a drag that goes on from a corner stays open, and closes when it ends at the first corner", () => {
  clickCorners(2);
  bench.drag(polygon, [60, 10], [60, 30], [60, 50]);
  expect([bench.regions.length, polygon.draft?.line.slice(-2)]).toEqual([0, [960, 800]]);
  bench.drag(polygon, [60, 50], [30, 50], [10, 50], [10, 12]);
  expect([bench.regions.length, polygon.draft]).toEqual([1, null]);
});

test("Backspace takes corners back, Escape all of them, and both can be undone", () => {
  clickCorners();
  polygon.stepBack();
  expect(polygon.draft?.line.length).toBe(6);
  polygon.stepForward();
  expect(polygon.draft?.line.length).toBe(8);
  expect(polygon.cancel()).toBe(true);
  expect(bench.said).toEqual(["Outline cancelled. Ctrl+Z brings it back."]);
  expect([polygon.draft, polygon.cancel(), bench.said.length]).toEqual([null, false, 1]);
  polygon.stepBack();
  expect(polygon.draft?.line.length).toBe(8);
  expect(polygon.finish()).toBe(true);
  expect(bench.regions.length).toBe(1);
});

test.each([
  [
    "crosses itself",
    "That outline crosses itself. Draw around the area without crossing.",
    [160, 160, 960, 800, 960, 160, 160, 880],
  ],
  ["is tiny", "That outline is too small to be a region. Draw a larger one.", [160, 160, 190, 160, 190, 190]],
  [
    "is flat",
    "That outline is too small to be a region. Draw a larger one.",
    [160, 160, 960, 160, 1600, 160],
  ],
  [
    "has 100,000 corners",
    "An outline has at most 4000 points. Draw it in parts.",
    disc(1000, 1000, 1000, 100_000),
  ],
])("an outline that %s is refused in words and kept to be mended", (_, words, line) => {
  polygon.resume(line);
  expect(polygon.finish()).toBe(true);
  expect(bench.said).toEqual([words]);
  expect([bench.regions.length, polygon.draft?.line]).toEqual([0, line]);
  polygon.stepBack();
  expect(polygon.draft?.line.length).toBe(line.length - 2);
});

test("a line of one or two corners that is closed is refused and gone: there is nothing to mend", () => {
  clickCorners(2);
  expect(polygon.finish()).toBe(true);
  expect([polygon.draft, bench.regions, bench.said.length]).toEqual([null, [], 1]);
});

test("the small loop of a trembling hand is cut off", () => {
  const loop = [0, 0, 800, 0, 1600, 0, 1600, 1600, 800, 1600, 700, 1700, 900, 1700, 780, 1540, 0, 1600];
  polygon.resume(loop);
  polygon.finish();
  expect(bench.said).toEqual([]);
  expect(Math.abs(areaPx(bench.regions[0]?.rings[0] ?? []) - 10_000)).toBeLessThan(100);
});

test("corners and edges of other regions draw the hand onto them exactly; Alt does not", () => {
  bench.draw(region("square"));
  polygon.move(bench.at(62, 12));
  expect(polygon.cue).toEqual({ is: "snap", x: 960, y: 160, onto: "corner", region: "square" });
  for (const [x, y] of [
    [62, 12],
    [120, 12],
    [120, 48],
    [61.3, 31],
  ] as const)
    bench.click(polygon, x, y);
  polygon.finish();
  const [square, drawn] = bench.regions;
  expect(drawn?.rings[0]).toEqual([960, 160, 1920, 192, 1920, 768, 960, 496]);
  expect(square?.rings[0]?.slice(2, 8)).toEqual([960, 160, 960, 496, 960, 800]); // the edge has that corner too
  bench.store.undo();
  expect(bench.regions).toEqual([region("square")]);
  polygon.down(bench.at(62, 12, { alt: true }));
  expect([polygon.draft?.line, polygon.cue]).toEqual([[992, 192], null]);
});

test("near the first corner the hand is told that it closes, not that it snaps", () => {
  bench.draw(region("square"));
  bench.click(polygon, 60, 10);
  bench.click(polygon, 120, 10);
  bench.click(polygon, 120, 50);
  polygon.move(bench.at(61, 11));
  expect([polygon.draft?.closes, polygon.cue]).toEqual([true, null]);
});

test("while the wire is held the line goes along the photo's edges, and is one step back", () => {
  bench.click(polygon, 10, 10);
  bench.trace = () => [320, 200, 640, 160];
  polygon.move(bench.at(40, 10));
  expect(polygon.draft).toMatchObject({ line: [160, 160, 320, 200, 640, 160], next: null });
  bench.click(polygon, 40, 10);
  bench.trace = () => [];
  bench.click(polygon, 40, 50);
  expect(polygon.draft?.line).toEqual([160, 160, 320, 200, 640, 160, 640, 800]);
  polygon.stepBack();
  polygon.stepBack();
  expect([polygon.draft?.line, bench.kept]).toEqual([
    [160, 160],
    [160, 160],
  ]);
});

test("a second finger takes back the stroke it interrupts and leaves the outline", () => {
  clickCorners(2);
  polygon.down(bench.at(60, 50));
  polygon.move(bench.at(90, 90));
  polygon.dropStroke();
  expect(polygon.draft?.line).toEqual([160, 160, 960, 160]);
});

test("a line of an earlier visit goes on where it was left", () => {
  polygon.resume([160, 160, 960, 160]);
  bench.click(polygon, 60, 50);
  polygon.finish();
  expect(bench.regions[0]?.rings).toEqual([[160, 160, 960, 160, 960, 800]]);
});
