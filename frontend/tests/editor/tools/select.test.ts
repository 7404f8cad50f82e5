import { beforeEach, expect, test } from "vitest";
import { SelectTool } from "../../../src/editor/tools/select";
import { screenPoint } from "../../../src/editor/viewport";
import { box, region } from "../../model/shapes";
import { FakeBench } from "./bench";

let bench: FakeBench;
let select: SelectTool;
const square = region("square"); // x from 10 to 60, y from 10 to 50

beforeEach(() => {
  bench = new FakeBench();
  select = new SelectTool(bench);
  bench.draw(square);
  bench.select("square");
});

const ring = () => bench.selected?.rings[0];
const vertices = () => bench.selectedCorners.map(({ vertex }) => vertex);

test("a corner is dragged, a midpoint becomes a corner, the inside moves all of it: one step each", () => {
  bench.drag(select, [60, 50], [65, 52], [70, 60]);
  expect(ring()).toEqual([160, 160, 960, 160, 1120, 960, 160, 800]);
  bench.drag(select, [35, 10], [35, 5]);
  expect(ring()).toEqual([160, 160, 560, 80, 960, 160, 1120, 960, 160, 800]);
  bench.drag(select, [30, 30], [40, 40]);
  expect(ring()).toEqual([320, 320, 720, 240, 1120, 320, 1280, 1120, 320, 960]);
  expect(bench.steps).toEqual(["draw", "reshape", "reshape", "move"]);
  for (let i = 0; i < 3; i++) bench.store.undo();
  expect(bench.regions).toEqual([square]);
});

test("until the hand lets go the drag is only shown", () => {
  select.down(bench.at(30, 30));
  select.move(bench.at(40, 35));
  expect(bench.shown).toEqual({ ...square, rings: [box(20, 15, 70, 55)] });
  expect(bench.regions).toEqual([square]);
  select.up(bench.at(40, 35));
  expect([bench.shown, ring()]).toEqual([null, box(20, 15, 70, 55)]);
});

test("a hand that moves less than 3 screen pixels has clicked", () => {
  bench.drag(select, [30, 30], [31, 30.5]);
  expect([bench.steps, bench.shown]).toEqual([["draw"], null]);
});

test("a click on a corner only chooses it; a corner dragged across the outline springs back with a reason", () => {
  bench.click(select, 60, 10);
  expect([bench.selectedCorners, bench.steps]).toEqual([[{ ring: 0, vertex: 1 }], ["draw"]]);
  bench.drag(select, [60, 10], [0, 30], [-10, 30]);
  expect([bench.steps, bench.shown]).toEqual([["draw"], null]);
  expect(bench.said).toEqual(["That outline crosses itself. Draw around the area without crossing."]);
});

test("a click on the inside chooses the region again, without corners", () => {
  bench.click(select, 60, 10);
  bench.click(select, 30, 30);
  expect([bench.selectedId, bench.selectedCorners]).toEqual(["square", []]);
});

test("a click picks the topmost region, and nothing outside all", () => {
  bench.draw({ ...square, id: "top", z: 5 });
  bench.select(null);
  bench.click(select, 30, 30);
  expect(bench.selectedId).toBe("top");
  bench.click(select, 200, 180);
  expect(bench.selectedId).toBeNull();
});

test("a region that covers the chosen one is picked, not the chosen one dragged", () => {
  bench.draw({ ...square, id: "top", z: 5, rings: [box(25, 20, 40, 40)] });
  bench.click(select, 30, 30);
  expect(bench.selectedId).toBe("top");
});

test("an outline is picked from 4.5 screen pixels outside", () => {
  bench.select(null);
  bench.click(select, 62, 30); // 4 of them
  expect(bench.selectedId).toBe("square");
  bench.select(null);
  bench.click(select, 63, 30); // 6
  expect(bench.selectedId).toBeNull();
});

test("the cursor says what a press would do", () => {
  expect(
    [
      [60, 10],
      [35, 10],
      [30, 30],
      [150, 150],
    ].map(([x, y]) => select.cursor(bench.at(x as number, y as number))),
  ).toEqual(["grab", "grab", "move", "default"]);
  bench.select(null);
  expect(select.cursor(bench.at(30, 30))).toBe("pointer");
});

test("an edge shorter than 40 screen pixels has no midpoint to drag", () => {
  bench.store.commit("reshape", "square", { ...square, rings: [box(10, 10, 60, 29)] }); // 38 of them high
  bench.drag(select, [59, 19.5], [79, 19.5]);
  expect(ring()).toEqual(box(30, 10, 80, 29)); // all of it moved
});

test("a dragged corner snaps onto the neighbour, never onto its own region; the photo's border counts too", () => {
  bench.draw(region("other", { rings: [box(100, 10, 150, 50)] }));
  bench.select("other");
  bench.drag(select, [100, 10], [80, 11], [61, 11]);
  expect(ring()?.slice(0, 2)).toEqual([960, 160]);
  bench.drag(select, [150, 50], [200, 100], [298, 198]);
  expect(ring()?.slice(4, 6)).toEqual([4800, 3200]);
});

test("a region that is moved snaps by its nearest corner, corners before edges, and shares the corner; Alt lets go", () => {
  bench.draw(region("other", { rings: [box(100, 20, 150, 40)] }));
  bench.select("other");
  const moveBy = (dx: number, dy: number, alt = false) => {
    select.down(bench.at(130, 30));
    for (const part of [0.5, 1]) select.move(bench.at(130 + part * dx, 30 + part * dy, { alt }));
  };
  moveBy(-38, -9); // the upper left corner is 2 and 1 px from the square's upper right one
  expect(select.cue).toEqual({ is: "snap", x: 960, y: 160, onto: "corner", region: "square" });
  select.up(bench.at(92, 21));
  expect(ring()).toEqual(box(60, 10, 110, 30));
  expect([select.cue, bench.steps.at(-1)]).toEqual([null, "move"]);
  bench.store.undo();

  moveBy(-38, 0); // both left corners are 2 px from its right edge
  select.up(bench.at(92, 30));
  expect(ring()?.slice(0, 2)).toEqual([960, 320]);
  expect(bench.store.region("square")?.rings[0]).toEqual([160, 160, 960, 160, 960, 320, 960, 800, 160, 800]);
  bench.store.undo();
  expect(bench.store.region("square")).toEqual(square); // the shared corner went with the same step

  moveBy(-38, 0, true);
  expect(select.cue).toBe(null);
  select.up(bench.at(92, 30));
  expect(ring()?.slice(0, 2)).toEqual([992, 320]);
});

test("Shift and a frame choose several corners, which are dragged together", () => {
  bench.click(select, 60, 10);
  bench.click(select, 60, 50, { shift: true });
  expect(vertices()).toEqual([1, 2]);
  bench.drag(select, [60, 10], [65, 10], [70, 10]);
  expect(ring()).toEqual(box(10, 10, 70, 50));
  bench.drag(select, [100, 5], [-5, 20]);
  expect(vertices()).toEqual([0, 1]);
  bench.click(select, 200, 150);
  expect(bench.selectedId).toBeNull();
  bench.store.undo();
  expect(bench.regions).toEqual([square]);
});

test("with Shift a frame adds corners, a corner that is pressed again is given up", () => {
  bench.drag(select, [100, 5], [-5, 20]);
  select.down(bench.at(100, 45, { shift: true }));
  select.move(bench.at(65, 55));
  select.up(bench.at(55, 55));
  expect(vertices()).toEqual([0, 1, 2]);
  bench.click(select, 60, 10, { shift: true });
  expect(vertices()).toEqual([0, 2]);
});

test("with Shift a click beside everything keeps what is chosen", () => {
  bench.click(select, 60, 10);
  bench.click(select, 200, 150, { shift: true });
  expect([bench.selectedId, vertices()]).toEqual(["square", [1]]);
});

test("a frame is shown while it is drawn, and without a region says what it would be for", () => {
  bench.select(null);
  select.down(bench.at(100, 100));
  select.move(bench.at(120, 140));
  expect(select.cue).toEqual({ is: "frame", from: screenPoint(210, 220), to: screenPoint(250, 300) });
  select.up(bench.at(120, 140));
  expect(select.cue).toBeNull();
  expect(bench.said).toEqual(["Choose a region first; a frame then chooses corners of it."]);
});

test("corners of a hole are chosen and dragged as those of the outline are", () => {
  bench.store.commit("reshape", "square", { ...square, rings: [...square.rings, box(30, 20, 40, 30)] });
  bench.drag(select, [40, 30], [45, 40]);
  expect(bench.selectedCorners).toEqual([{ ring: 1, vertex: 2 }]);
  expect(bench.selected?.rings[1]).toEqual([480, 320, 640, 320, 720, 640, 480, 480]);
});

test("a press in a hole is beside the region", () => {
  bench.store.commit("reshape", "square", { ...square, rings: [...square.rings, box(20, 20, 50, 40)] });
  bench.click(select, 35, 30);
  expect(bench.selectedId).toBeNull();
});

test("Escape and a second finger give a drag up; without one there is nothing to give up", () => {
  expect(select.cancel()).toBe(false);
  for (const giveUp of [() => select.cancel(), () => select.stepBack(), () => select.dropStroke()]) {
    select.down(bench.at(60, 50));
    select.move(bench.at(80, 70));
    giveUp();
    select.up(bench.at(80, 70));
    expect([bench.regions, bench.shown]).toEqual([[square], null]);
  }
});

test("Enter and redo find nothing to do", () => {
  select.down(bench.at(30, 30));
  expect([select.finish(), select.stepForward(), select.draft]).toEqual([false, false, null]);
});
