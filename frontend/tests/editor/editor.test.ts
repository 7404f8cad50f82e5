import { expect, test } from "vitest";
import type { ToolName } from "../../src/editor/tools/tool";
import { screenPoint } from "../../src/editor/viewport";
import type { Region } from "../../src/model/annotation";
import { Store } from "../../src/model/store";
import { boxed, documentOf, openBench, PALETTE, photoOf } from "./bench";

const A = boxed("a", [10, 10, 40, 40]);
const B = boxed("b", [100, 20, 40, 40], { level: 3, kind: "motion", z: 1 });
const GREEN = "#00ff00";

test("a photo that is opened is shown whole, with the outlines of its labels", () => {
  const { editor, still } = openBench(documentOf(A, B));
  expect([editor.view, still.colourAt(30, 30)]).toEqual([{ scale: 1, x: 24, y: 24 }, GREEN]);
  expect(still.words.map(({ text }) => text)).toEqual(["1", "3"]);
  expect([editor.tool.name, editor.level, editor.selected]).toEqual(["polygon", 2, null]);
});

test("another photo starts without what was chosen, pinned and laid over the one before; fills stay", () => {
  const { editor, still, drawFrame } = openBench(documentOf(A), documentOf(B));
  editor.look({ isFilled: true, isModelShown: true, isLoupe: false });
  editor.pin([{ at: { x: 5, y: 5 } as never, number: 1 }]);
  editor.select("a");
  const other = new Store(documentOf(B));
  editor.open(photoOf(200, 100, "#0000ff"), other, null);
  drawFrame();
  expect([editor.looks.isFilled, editor.looks.isModelShown, editor.selected, editor.model]).toEqual([
    true,
    false,
    null,
    null,
  ]);
  expect([editor.scene().pins, still.colourAt(200, 100)]).toEqual([[], "#0000ff"]);
});

test("an edit of the photo before is shown no more", () => {
  const { editor, store } = openBench(documentOf(A));
  editor.open(photoOf(200, 100), new Store(documentOf(B)), null);
  editor.select("b");
  editor.preview({ ...B, level: 0 });
  store.commit("draw", "c", { ...A, id: "c" });
  expect([editor.index.regions, editor.scene().selected?.level]).toEqual([[B], 0]); // the gesture goes on
});

test("a line that was left unfinished goes on with its tool, and is kept from then on", () => {
  const { editor, click } = openBench();
  const line = [160, 160, 960, 160];
  editor.open(photoOf(200, 100), new Store(documentOf()), null, { tool: "split", line });
  expect([editor.tool.name, editor.tool.draft?.line]).toEqual(["split", line]);
  click([60, 60]);
  expect(editor.guides.sketch).toEqual({ tool: "split", line: [...line, 960, 960] });
});

test("an outline's corners are kept while it is drawn, and no longer when it is finished", () => {
  const { editor, click } = openBench();
  for (const place of [
    [10, 10],
    [60, 10],
    [60, 60],
  ] as const)
    click(place);
  expect(editor.guides.sketch).toEqual({ tool: "polygon", line: [160, 160, 960, 160, 960, 960] });
  editor.tool.finish();
  expect([editor.guides.sketch, editor.selected?.rings]).toEqual([null, [[160, 160, 960, 160, 960, 960]]]);
});

test("with the select tool the level in hand becomes that of the chosen region, and its level that in hand; levels beyond the project's do nothing", () => {
  const { editor, store } = openBench(documentOf(A, B));
  editor.use("select");
  editor.select("b");
  expect(editor.level).toBe(3);
  editor.setLevel(0);
  editor.setLevel(4);
  expect([editor.level, store.region("b")?.level, store.region("a")?.level]).toEqual([0, 0, 1]);
  store.undo();
  expect(store.region("b")).toEqual(B);
});

test("while an outline is drawn the level is for that one, not for the region that is chosen", () => {
  const { editor, store, click } = openBench(documentOf(A));
  editor.select("a");
  click([120, 10]);
  editor.setLevel(3);
  expect([editor.level, store.region("a")?.level]).toEqual([3, 1]);
});

test("a digit after an outline is for the next one; another key gives it to the one that is chosen still", () => {
  const { editor, store, click } = openBench();
  for (const place of [
    [10, 10],
    [60, 10],
    [60, 60],
  ] as const)
    click(place);
  editor.tool.finish();
  editor.setLevel(3);
  expect([editor.level, editor.selected?.level]).toEqual([3, 2]);
  expect(editor.words).toBe("The next region gets level 3; C gives it to the chosen one.");
  editor.run("relevel");
  expect([editor.selected?.level, store.log.map(({ kind }) => kind)]).toEqual([3, ["draw", "level"]]);
  store.undo();
  expect(editor.selected?.level).toBe(2);
});

test("the kind is that of the chosen region and of the next ones", () => {
  const { editor, store, click } = openBench(documentOf(A));
  editor.select("a");
  editor.setKind("shake");
  expect([store.region("a")?.kind, store.log.map(({ kind }) => kind)]).toEqual(["shake", ["kind"]]);
  editor.select(null);
  for (const place of [
    [100, 10],
    [150, 10],
    [150, 60],
  ] as const)
    click(place);
  editor.tool.finish();
  expect(store.document.regions.map(({ kind }) => kind)).toEqual(["shake", "shake"]);
});

test("the rest of the photo gets a level in one step, and the same level again is no step", () => {
  const { editor, store } = openBench();
  editor.setBase(1);
  editor.setBase(1);
  expect([store.document.base, store.log.length]).toEqual([1, 1]);
});

test("new regions go over the others, or under them where that is asked for", () => {
  const { editor } = openBench(documentOf(A, B));
  expect(editor.newZ).toBe(2);
  editor.isUnder = true;
  expect(editor.newZ).toBe(-1);
});

test("a region that is gone is chosen no more", () => {
  const { editor, store, active, drawFrame } = openBench();
  store.commit("draw", "a", A);
  editor.select("a");
  drawFrame();
  expect(active.words.map(({ text }) => text)).toEqual(["1"]);
  store.undo();
  drawFrame();
  expect([editor.selection.id, active.words]).toEqual([null, []]);
});

test("a gesture shows the region as it would be; an edit ends that", () => {
  const { editor, store } = openBench(documentOf(A));
  const there: Region = { ...A, level: 2 };
  editor.select("a");
  editor.preview(there);
  expect([editor.scene().selected, store.document.regions]).toEqual([there, [A]]);
  store.commit("level", "a", { ...A, level: 3 });
  expect(editor.scene().selected?.level).toBe(3);
});

test("stepping goes round the regions as they are painted, in either direction; without one there is no step", () => {
  const { editor } = openBench(documentOf(B, A));
  const steps = (by: number) => [1, 2, 3].map(() => [editor.stepRegion(by), editor.selected?.id ?? null]);
  expect(steps(1)).toEqual([
    [true, "a"],
    [true, "b"],
    [true, "a"],
  ]);
  expect(steps(-1)).toEqual([
    [true, "b"],
    [true, "a"],
    [true, "b"],
  ]);
  expect(openBench().editor.stepRegion(1)).toBe(false);
});

test("a region that is shown is brought into sight", () => {
  const { editor } = openBench(documentOf(A, B));
  editor.camera.zoomBy(6, screenPoint(24, 24));
  const before = editor.view;
  editor.show("a");
  expect(editor.view).toEqual(before); // it is in sight
  editor.show("b");
  const { x, y, scale } = editor.view;
  expect([Math.round(120 * scale + x), y]).toEqual([124, 24]); // in the middle, no further than it takes
  editor.show("none");
  expect(editor.selected).toBe(null);
});

test("another tool gives up what the one before had begun, and the crosshair goes", () => {
  const { editor, click } = openBench();
  click([10, 10]);
  editor.run("right");
  expect([editor.tool.draft?.line, editor.camera.crosshair === null]).toEqual([[160, 160], false]);
  editor.use("select");
  expect([editor.tool.draft, editor.camera.crosshair, editor.guides.sketch]).toEqual([null, null, null]);
});

test("the brush's ring follows the pointer while a brush is in hand", () => {
  const { editor, active, point, drawFrame } = openBench();
  const ring = () => {
    drawFrame();
    return active.boxOf(PALETTE.outlineLight);
  };
  point([50, 50]);
  expect(ring()).toBe(null);
  editor.use("brush");
  expect(ring()?.slice(2)).toEqual([34, 34]); // 32 px and the line
  editor.pointerAt(null);
  expect(ring()).toBe(null);
});

test("a split follows the pointer; without one it is in the middle", () => {
  const { editor, point } = openBench(documentOf(A), documentOf(B));
  editor.look({ isSplit: true });
  expect(editor.scene().tints.map(({ to }) => to)).toEqual([124, null]);
  point([20, 20]);
  expect(editor.scene().tints.map(({ from }) => from)).toEqual([null, 44]);
});

test("the strip beside the pointer keeps what was under it last", () => {
  const { editor, point } = openBench();
  editor.look({ isStripShown: true });
  point([50, 40]);
  editor.pointerAt(null);
  expect(editor.camera.lookedAt).toEqual({ x: 50, y: 40 });
  editor.look({ isStripShown: false });
  editor.pointerAt(null);
  expect(editor.camera.lookedAt).toBe(null);
});

test("a larger canvas shows the photo in its middle", () => {
  const { editor, still, drawFrame } = openBench();
  const size = { width: 348, height: 248 };
  editor.resized(size, size);
  drawFrame();
  expect([editor.view, still.boxOf(GREEN)]).toEqual([{ scale: 1, x: 74, y: 74 }, [74, 74, 200, 100]]);
});

test("who listens hears of edits, choices and words until they leave", () => {
  const { editor, store } = openBench(documentOf(A));
  const heard: string[] = [];
  const leave = editor.subscribe(() =>
    heard.push(`${editor.words}${editor.selection.id}${store.log.length}`),
  );
  editor.say("Well.");
  editor.words = "";
  store.commit("draw", "b", B);
  leave();
  store.undo();
  expect(heard).toEqual(["Well.null0", "null1"]);
});

test("a bench that is closed draws no more, and the photo's edits are no longer its own", () => {
  const { editor, store, active, drawFrame } = openBench(documentOf(A));
  editor.select("a");
  editor.close();
  drawFrame();
  store.commit("draw", "b", B);
  expect([active.words, editor.index.regions]).toEqual([[], [A]]);
});

test.each<[ToolName, boolean]>([
  ["select", true],
  ["polygon", false],
  ["wand", false],
])("with %s in hand the chosen region has handles: %s", (name, has) => {
  const { editor } = openBench(documentOf(A));
  editor.use(name);
  expect(editor.scene().hasHandles).toBe(has);
});

test("a step past what a save takes is refused in words, and the document stays", () => {
  const { editor, store } = openBench(documentOf(A));
  const rings = [Array.from({ length: 4001 }, (_, i) => [16 * i, 16 * (i % 2)]).flat()];
  store.commit("draw", "b", { ...B, rings });
  expect(store.document.regions.length).toBe(1);
  expect(editor.words).toBe(
    "This photo holds as many corners as it can. Simplify regions with X, then go on.",
  );
});

test("whether the model's map was looked at is known, photo by photo", () => {
  const { editor } = openBench(documentOf(A), documentOf(B));
  const seen = [editor.sawModel];
  editor.run("fills");
  seen.push(editor.sawModel);
  editor.run("model");
  editor.run("model");
  seen.push(editor.sawModel);
  editor.open(editor.photo as NonNullable<typeof editor.photo>, editor.store, null);
  expect([...seen, editor.sawModel]).toEqual([false, false, true, false]);
});
