import { beforeEach, expect, test } from "vitest";
import { moved, reordered, stacked, withMiddleCorner, withoutCorners } from "../../src/editor/edits";
import { RegionIndex } from "../../src/editor/regionindex";
import { Selection } from "../../src/editor/selection";
import { chordOf, commandOf, SHORTCUTS } from "../../src/editor/shortcuts";
import { snapAt } from "../../src/editor/snapping";
import type { ApplyStroke } from "../../src/editor/strokes";
import { BrushTool } from "../../src/editor/tools/brush";
import { PolygonTool } from "../../src/editor/tools/polygon";
import { SelectTool } from "../../src/editor/tools/select";
import { SplitTool } from "../../src/editor/tools/split";
import type { Bench, Pointing, Tool, VertexPlace } from "../../src/editor/tools/tool";
import { type ImagePoint, screenPoint, toImage, type View } from "../../src/editor/viewport";
import { type Document, EMPTY, type Region, topZ } from "../../src/model/annotation";
import { difference, joined, strokeRings, union } from "../../src/model/boolean";
import { areaPx } from "../../src/model/geometry";
import { split } from "../../src/model/split";
import { Store } from "../../src/model/store";

class FakeBench implements Bench {
  store = new Store(EMPTY);
  view: View = { scale: 2, x: 10, y: 20 };
  level = 2;
  kind = "motion" as const;
  brushSize = 40;
  selectedId: string | null = null;
  selectedCorners: readonly VertexPlace[] = [];
  kept: readonly number[] = [];
  shown: Region | null = null;
  said: string[] = [];
  get index() {
    return new RegionIndex(this.store.document);
  }
  get newZ() {
    return topZ(this.store.document);
  }
  get selected() {
    return this.store.region(this.selectedId);
  }
  select(id: string | null, corners: readonly VertexPlace[] = []) {
    this.selectedId = id;
    this.selectedCorners = corners;
  }
  snap(at: ImagePoint, except?: string) {
    return snapAt(at, this.index, { width: 300, height: 200 }, 8 / this.view.scale, except);
  }
  /** What the photo's edges say; the test sets it. */
  trace: Bench["trace"] = () => [];
  keep(line: readonly number[]) {
    this.kept = line;
  }
  preview(region: Region | null) {
    this.shown = region;
  }
  say(words: string) {
    this.said.push(words);
  }
  refresh() {}
  /** A pointer at a place of the photo. */
  at(x: number, y: number, keys: Partial<Pointing> = {}): Pointing {
    const screen = screenPoint(x * this.view.scale + this.view.x, y * this.view.scale + this.view.y);
    return { screen, image: toImage(this.view, screen), shift: false, alt: false, ...keys };
  }
}

let bench: FakeBench;
let polygon: PolygonTool;
let select: SelectTool;

beforeEach(() => {
  bench = new FakeBench();
  polygon = new PolygonTool(bench);
  select = new SelectTool(bench);
});

function click(tool: Tool, x: number, y: number) {
  tool.move(bench.at(x, y));
  tool.down(bench.at(x, y));
  tool.up(bench.at(x, y));
}

function drag(tool: Tool, ...places: [number, number][]) {
  const [first, ...rest] = places as [[number, number], ...[number, number][]];
  tool.down(bench.at(...first));
  for (const place of rest) tool.move(bench.at(...place));
  tool.up(bench.at(...(places.at(-1) as [number, number])));
}

const corners = [
  [10, 10],
  [60, 10],
  [60, 50],
  [10, 50],
] as const;

test("four clicks and one on the first corner make one region and one step of undo", () => {
  for (const [x, y] of corners) click(polygon, x, y);
  click(polygon, 10.5, 10.5);
  const [region] = bench.store.document.regions;
  expect(region).toMatchObject({
    level: 2,
    kind: "motion",
    z: 0,
    rings: [[160, 160, 960, 160, 960, 800, 160, 800]],
  });
  expect([bench.selectedId, polygon.draft, bench.store.log.length]).toEqual([region?.id, null, 1]);
});

test("a drag from nothing is a freehand outline that closes by itself, with far fewer points than were drawn", () => {
  const circle = Array.from({ length: 200 }, (_, i): [number, number] => {
    const angle = (i / 200) * 2 * Math.PI;
    return [100 + 40 * Math.cos(angle), 100 + 40 * Math.sin(angle)];
  });
  drag(polygon, ...circle);
  const ring = bench.store.document.regions[0]?.rings[0] ?? [];
  expect(Math.abs(areaPx(ring) - Math.PI * 1600) / (Math.PI * 1600)).toBeLessThan(0.03);
  expect(ring.length / 2).toBeLessThan(60);
});

test("Backspace takes corners back, Escape all of them, and both can be undone", () => {
  for (const [x, y] of corners) click(polygon, x, y);
  polygon.stepBack();
  expect(polygon.draft?.line.length).toBe(6);
  polygon.stepForward();
  expect(polygon.draft?.line.length).toBe(8);
  expect(polygon.cancel()).toBe(true);
  expect([polygon.draft, polygon.cancel()]).toEqual([null, false]);
  polygon.stepBack();
  expect(polygon.draft?.line.length).toBe(8);
  expect(polygon.finish()).toBe(true);
  expect(bench.store.document.regions.length).toBe(1);
});

/** So many corners around a place, far more than a hand draws. */
const circle = (count: number) =>
  Array.from({ length: count }, (_, i): [number, number] => {
    const angle = (2 * Math.PI * i) / count;
    return [Math.round(16_000 * (1 + Math.cos(angle))), Math.round(16_000 * (1 + Math.sin(angle)))];
  }).flat();

test.each([
  ["crosses itself", "crosses itself", [160, 160, 960, 800, 960, 160, 160, 880]],
  ["is tiny", "too small", [160, 160, 190, 160, 190, 190]],
  ["is flat", "too small", [160, 160, 960, 160, 1600, 160]],
  ["has 100,000 corners", "at most 4000 points", circle(100_000)],
])("an outline that %s is refused in words and kept to be mended", (_, words, line) => {
  polygon.resume(line);
  expect(polygon.finish()).toBe(true);
  expect(bench.said.length).toBe(1);
  expect(bench.said[0]).toContain(words);
  expect([bench.store.document.regions.length, polygon.draft?.line]).toEqual([0, line]);
  polygon.stepBack();
  expect(polygon.draft?.line.length).toBe(line.length - 2);
});

function withSquare(): Region {
  for (const [x, y] of corners) click(polygon, x, y);
  polygon.finish();
  return bench.selected as Region;
}

test("a corner is dragged, a midpoint becomes a corner, the inside moves all of it: one step each", () => {
  const square = withSquare();
  drag(select, [60, 50], [65, 52], [70, 60]);
  expect(bench.selected?.rings[0]?.slice(4, 6)).toEqual([1120, 960]);
  drag(select, [35, 10], [35, 5]);
  expect(bench.selected?.rings[0]?.slice(2, 4)).toEqual([560, 80]);
  drag(select, [30, 30], [40, 40]);
  expect(bench.selected?.rings[0]?.slice(0, 2)).toEqual([320, 320]);
  expect(bench.store.log.map(({ kind }) => kind)).toEqual(["draw", "reshape", "reshape", "move"]);
  for (let i = 0; i < 3; i++) bench.store.undo();
  expect(bench.store.document.regions).toEqual([square]);
});

test("a click on a corner only chooses it; a corner dragged across the outline springs back with a reason", () => {
  withSquare();
  click(select, 60, 10);
  expect([bench.selectedCorners, bench.store.log.length]).toEqual([[{ ring: 0, vertex: 1 }], 1]);
  drag(select, [60, 10], [0, 30], [-10, 30]);
  expect([bench.store.log.length, bench.shown]).toEqual([1, null]);
  expect(bench.said.at(-1)).toContain("crosses itself");
});

test("a click picks the topmost region, and nothing outside all", () => {
  const below = withSquare();
  bench.store.commit("draw", "top", { ...below, id: "top", z: 5 });
  bench.select(null);
  click(select, 30, 30);
  expect(bench.selectedId).toBe("top");
  click(select, 200, 200);
  expect(bench.selectedId).toBeNull();
});

/** The worker's work, done at once. */
const here: ApplyStroke = async ({ mode, line, radius, targets }) => {
  if (mode === "join") {
    const { rings, taken } = joined(targets);
    return { id: 0, stroke: [], results: [rings], taken };
  }
  if (mode === "split") {
    const parts = targets.map((rings) => split(rings, line, radius));
    return { id: 0, stroke: [], results: parts.flat(), taken: parts.flatMap((each, i) => each.map(() => i)) };
  }
  const stroke = strokeRings(line, radius);
  return {
    id: 0,
    stroke,
    results: targets.map((rings) => (mode === "add" ? union(rings, stroke) : difference(rings, stroke))),
    taken: [],
  };
};

test("brush strokes become a region, then grow it while it is chosen; another level starts another", async () => {
  const brush = new BrushTool(bench, "brush", here);
  drag(brush, [50, 50], [100, 50]);
  await expect.poll(() => bench.store.document.regions.length).toBe(1);
  const first = areaPx(bench.selected?.rings[0] ?? []);
  expect(Math.abs(first - (50 * 20 + Math.PI * 100)) / first).toBeLessThan(0.02);
  drag(brush, [100, 50], [100, 100]);
  await expect.poll(() => bench.store.log.length).toBe(2);
  expect(bench.store.document.regions.length).toBe(1);
  bench.level = 3;
  drag(brush, [50, 90], [60, 90]);
  await expect.poll(() => bench.store.document.regions.map(({ level }) => level)).toEqual([2, 3]);
});

test("the eraser cuts what it touches in one step of undo, and leaves no empty region", async () => {
  withSquare();
  bench.store.commit("draw", "small", {
    id: "small",
    level: 1,
    kind: "motion",
    z: 9,
    rings: [[480, 480, 640, 480, 640, 640]],
  });
  bench.select(null);
  const eraser = new BrushTool(bench, "eraser", here);
  drag(eraser, [35, 0], [35, 60]);
  await expect.poll(() => bench.store.log.length).toBe(3);
  expect(bench.store.document.regions.length).toBe(1);
  expect(bench.store.document.regions[0]?.rings.length).toBe(2);
  bench.store.undo();
  expect(bench.store.document.regions.length).toBe(2);
});

test("join makes one region of those of a level that touch, in one step; simplify keeps the shape", async () => {
  const square = withSquare();
  const store = bench.store;
  store.commit("draw", "n", {
    ...square,
    id: "n",
    z: 4,
    rings: [[800, 160, 1600, 160, 1600, 800, 800, 800]],
  });
  store.commit("draw", "far", { ...square, id: "far", z: 5, rings: [[1000, 900, 1500, 1600, 200, 1600]] });
  store.commit("draw", "high", { ...square, id: "high", z: 6, level: 3 });
  const said: string[] = [];
  const selection = new Selection(
    store,
    () => {},
    (words) => said.push(words),
  );
  selection.choose(square.id);
  const steps = store.log.length;
  await selection.join(here);
  expect(store.log.length).toBe(steps + 1);
  expect(store.document.regions.map(({ id }) => id).sort()).toEqual([square.id, "far", "high"].sort());
  expect(areaPx(selection.region?.rings[0] ?? [])).toBe(90 * 40);
  await selection.join(here);
  expect(said.at(-1)).toContain("No other region");
  const ring = [160, 160, 500, 162, 960, 160, 960, 800, 160, 800];
  store.commit("reshape", square.id, { ...square, rings: [ring] });
  selection.simplify();
  expect(selection.region?.rings).toEqual([[160, 160, 960, 160, 960, 800, 160, 800]]);
});

test("a line across the chosen region cuts it in one step; both parts keep level and kind, the larger its name", async () => {
  const square = withSquare();
  const knife = new SplitTool(bench, here);
  drag(knife, [25, 0], [25, 30], [25, 60]);
  await expect.poll(() => bench.store.log.length).toBe(2);
  const [right, left] = bench.store.document.regions as [Region, Region];
  expect([right.id, right.level, left.level, left.kind]).toEqual([square.id, 2, 2, "motion"]);
  expect([areaPx(right.rings[0] ?? []), areaPx(left.rings[0] ?? [])]).toEqual([35 * 40, 15 * 40]);
  bench.store.undo();
  expect(bench.store.document.regions).toEqual([square]);
});

test("with nothing chosen the line cuts all that it crosses; clicks and Enter do as a drag does", async () => {
  const square = withSquare();
  const rings = [[1600, 160, 2400, 160, 2400, 800, 1600, 800]];
  bench.store.commit("draw", "other", { ...square, id: "other", rings });
  bench.select(null);
  const knife = new SplitTool(bench, here);
  for (const x of [0, 80, 170]) click(knife, x, 30);
  expect(knife.draft?.line.length).toBe(6);
  knife.finish();
  await expect.poll(() => bench.store.document.regions.length).toBe(4);
  expect([knife.draft, bench.store.log.length]).toEqual([null, 3]);
});

test("corners and edges of other regions draw the hand onto them exactly; Alt does not", () => {
  withSquare();
  polygon.move(bench.at(62, 12));
  expect(polygon.cue).toEqual({ is: "snap", x: 960, y: 160, onto: "corner", region: bench.selectedId });
  for (const [x, y] of [
    [62, 12],
    [120, 12],
    [120, 48],
    [61.3, 31],
  ] as const)
    click(polygon, x, y);
  polygon.finish();
  const [square, drawn] = bench.store.document.regions as [Region, Region];
  expect(drawn.rings[0]).toEqual([960, 160, 1920, 192, 1920, 768, 960, 496]);
  expect(square.rings[0]?.slice(2, 8)).toEqual([960, 160, 960, 496, 960, 800]); // the edge has that corner too
  bench.store.undo();
  expect(bench.store.document.regions.map(({ rings }) => rings[0]?.length)).toEqual([8]);
  polygon.down(bench.at(62, 12, { alt: true }));
  expect([polygon.draft?.line, polygon.cue]).toEqual([[992, 192], null]);
});

test("a dragged corner snaps onto the neighbour, never onto its own region; the photo's border counts too", () => {
  const square = withSquare();
  const rings = [[1600, 160, 2400, 160, 2400, 800, 1600, 800]];
  bench.store.commit("draw", "other", { ...square, id: "other", rings });
  bench.select("other");
  drag(select, [100, 10], [80, 11], [61, 11]);
  expect(bench.selected?.rings[0]?.slice(0, 2)).toEqual([960, 160]);
  drag(select, [150, 50], [200, 100], [298, 198]);
  expect(bench.selected?.rings[0]?.slice(4, 6)).toEqual([4800, 3200]);
});

test("a region that is moved snaps by its nearest corner, corners before edges, and shares the corner; Alt lets go", () => {
  const square = withSquare(); // x and y from 10 to 60 and 50
  const rings = [[1600, 320, 2400, 320, 2400, 640, 1600, 640]]; // x 100 to 150, y 20 to 40
  bench.store.commit("draw", "other", { ...square, id: "other", rings });
  bench.select("other");
  const moveBy = (dx: number, dy: number, alt = false) => {
    select.down(bench.at(130, 30));
    for (const part of [0.5, 1]) select.move(bench.at(130 + part * dx, 30 + part * dy, { alt }));
  };
  moveBy(-38, -9); // the upper left corner is 2 and 1 px from the square's upper right one
  expect(select.cue).toEqual({ is: "snap", x: 960, y: 160, onto: "corner", region: square.id });
  select.up(bench.at(92, 21));
  expect(bench.selected?.rings[0]).toEqual([960, 160, 1760, 160, 1760, 480, 960, 480]);
  bench.store.undo();

  moveBy(-38, 0); // both left corners are 2 px from its right edge
  select.up(bench.at(92, 30));
  expect(bench.selected?.rings[0]?.slice(0, 2)).toEqual([960, 320]);
  const neighbour = bench.store.document.regions.find(({ id }) => id === square.id) as Region;
  expect(neighbour.rings[0]).toEqual([160, 160, 960, 160, 960, 320, 960, 800, 160, 800]);
  bench.store.undo();

  moveBy(-38, 0, true);
  expect(select.cue).toBe(null);
  select.up(bench.at(92, 30));
  expect(bench.selected?.rings[0]?.slice(0, 2)).toEqual([992, 320]);
});

test("while the wire is held the line goes along the photo's edges, and is one step back", () => {
  click(polygon, 10, 10);
  bench.trace = () => [320, 200, 640, 160];
  polygon.move(bench.at(40, 10));
  expect(polygon.draft?.line).toEqual([160, 160, 320, 200, 640, 160]);
  click(polygon, 40, 10);
  bench.trace = () => [];
  click(polygon, 40, 50);
  expect(polygon.draft?.line).toEqual([160, 160, 320, 200, 640, 160, 640, 800]);
  polygon.stepBack();
  polygon.stepBack();
  expect([polygon.draft?.line, bench.kept]).toEqual([
    [160, 160],
    [160, 160],
  ]);
});

test("a second finger takes back the stroke it interrupts and leaves the outline", () => {
  for (const [x, y] of corners.slice(0, 2)) click(polygon, x, y);
  polygon.down(bench.at(60, 50));
  polygon.move(bench.at(90, 90));
  polygon.dropStroke();
  expect(polygon.draft?.line).toEqual([160, 160, 960, 160]);
  polygon.resume([0, 0, 16, 16]);
  expect(polygon.draft?.line).toEqual([0, 0, 16, 16]);
});

test("Shift and a frame choose several corners, which are dragged together", () => {
  const square = withSquare();
  click(select, 60, 10);
  select.down(bench.at(60, 50, { shift: true }));
  select.up(bench.at(60, 50));
  expect(bench.selectedCorners.map(({ vertex }) => vertex)).toEqual([1, 2]);
  drag(select, [60, 10], [65, 10], [70, 10]);
  expect(bench.selected?.rings).toEqual([[160, 160, 1120, 160, 1120, 800, 160, 800]]);
  drag(select, [100, 5], [-5, 20]);
  expect(bench.selectedCorners.map(({ vertex }) => vertex)).toEqual([0, 1]);
  select.down(bench.at(100, 45, { shift: true }));
  select.move(bench.at(65, 55));
  select.up(bench.at(65, 55));
  expect(bench.selectedCorners.map(({ vertex }) => vertex)).toEqual([0, 1, 2]);
  click(select, 200, 150);
  expect(bench.selectedId).toBeNull();
  bench.store.undo();
  expect(bench.store.document.regions).toEqual([square]);
});

test("chosen corners are nudged and deleted together; with the last corner of a hole the hole is gone", () => {
  const square = withSquare();
  const hole = [480, 320, 640, 320, 640, 480, 480, 480];
  bench.store.commit("reshape", square.id, { ...square, rings: [...square.rings, hole] });
  const said: string[] = [];
  const selection = new Selection(
    bench.store,
    () => {},
    (words) => said.push(words),
  );
  const places = (ring: number, ...vertices: number[]) => vertices.map((vertex) => ({ ring, vertex }));
  selection.choose(square.id, places(1, 0, 1));
  selection.nudge(0, -2);
  expect(selection.region?.rings[1]).toEqual([480, 288, 640, 288, 640, 480, 480, 480]);
  selection.insertCorner();
  expect(said.at(-1)).toContain("Choose one corner");
  selection.choose(square.id, places(1, 0, 1));
  selection.delete();
  expect([said.at(-1)?.slice(0, 26), selection.region?.rings.length]).toEqual([
    "That outline is too small ",
    2,
  ]);
  selection.choose(square.id, places(1, 0, 1, 2, 3));
  selection.delete();
  expect(selection.region?.rings).toEqual(square.rings);
});

test("edits by key: move, add and take a corner, change the order", () => {
  const square = withSquare();
  expect(moved(square, [], 1, -2).rings[0]?.slice(0, 2)).toEqual([176, 128]);
  expect(moved(square, [{ ring: 0, vertex: 1 }], 10, 0).rings[0]?.slice(0, 4)).toEqual([160, 160, 1120, 160]);
  const longer = withMiddleCorner(square, { ring: 0, vertex: 3 });
  expect(longer.rings[0]?.slice(8)).toEqual([160, 480]);
  expect(withoutCorners(longer, [{ ring: 0, vertex: 4 }])).toEqual(square);
  const pair: Document = { base: null, regions: [square, { ...square, id: "z", z: 0 }] };
  expect(reordered(pair, square.id, 1)?.regions.map(({ z }) => z)).toEqual([1, 0]);
  expect(reordered(pair, square.id, -1)).toBeNull();
});

test("accepting the model's map keeps one's own regions on top, and accepting twice adds none", () => {
  const own = withSquare();
  const model: Document = { base: 0, regions: [{ ...own, id: "m1", z: 3 }] };
  const once = stacked(model, bench.store.document);
  expect(once).toEqual({ base: 0, regions: [model.regions[0], { ...own, z: 4 }] });
  expect(stacked(model, once)).toEqual(once);
});

test("keys are read by their place, and every chord has one meaning", () => {
  const key = (key: string, code: string, more: Partial<KeyboardEvent> = {}) =>
    ({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more }) as KeyboardEvent;
  expect(commandOf(key("!", "Digit1", { shiftKey: true }))).toBe("vote-good");
  expect(commandOf(key("1", "Numpad1"))).toBe("level-1");
  expect(commandOf(key("Z", "KeyZ", { ctrlKey: true, shiftKey: true }))).toBe("redo");
  expect(commandOf(key("z", "KeyZ", { metaKey: true }))).toBe("undo");
  expect(commandOf(key("?", "Slash", { shiftKey: true }))).toBe("sheet");
  expect(commandOf(key("+", "Equal", { shiftKey: true }))).toBe("zoom-in");
  expect(chordOf(key(" ", "Space"))).toBe("Space");
  expect(commandOf(key("c", "KeyC", { ctrlKey: true }))).toBeNull();
  const chords = SHORTCUTS.flatMap(({ keys }) => keys);
  expect(new Set(chords).size).toBe(chords.length);
});
