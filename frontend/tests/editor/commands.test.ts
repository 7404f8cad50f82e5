import { expect, test } from "vitest";
import type { EditorCommand } from "../../src/editor/shortcuts";
import { type Document, EMPTY } from "../../src/model/annotation";
import { box } from "../model/shapes";
import { boxed, documentOf, openBench } from "./bench";

const A = boxed("a", [10, 10, 40, 40]);
const B = boxed("b", [100, 20, 40, 40], { level: 3, z: 1 });
const MODEL: Document = { base: 0, regions: [boxed("m", [60, 10, 30, 30], { level: 2 })] };

/** A bench on which commands are given, and what was last said on it. */
function bench(document: Document = documentOf(A, B), model: Document | null = null) {
  const opened = openBench(document, model);
  const { editor } = opened;
  const give = (...commands: EditorCommand[]) => {
    for (const command of commands) editor.run(command);
    return opened;
  };
  return { ...opened, give };
}

test("each tool has a key", () => {
  const { editor, give } = bench();
  const names = (["select", "polygon", "split", "brush", "eraser", "wand", "pan"] as const).map((name) => {
    give(`${name}-tool`);
    return editor.tool.name;
  });
  expect(names).toEqual(["select", "polygon", "split", "brush", "eraser", "wand", "pan"]);
});

test("the brush says where its strokes go, and Escape begins a new region", () => {
  const { editor, give } = bench();
  editor.select("a");
  give("brush-tool");
  expect(editor.words).toBe("Strokes go into the chosen region; Esc begins a new one.");
  give("cancel");
  expect([editor.tool.name, editor.words]).toEqual(["brush", "The next stroke makes a new region."]);
});

test("a digit is the level in hand", () => {
  const { editor, give } = bench();
  give("level-3");
  expect(editor.level).toBe(3);
  give("level-7");
  expect(editor.level).toBe(3); // the project has four
});

test("the brush grows and shrinks by a quarter, within bounds, and says how wide it is on the photo", () => {
  const { editor, give } = bench();
  give("brush-larger");
  expect([editor.brushSize, editor.words]).toEqual([40, "Brush 40 px of the photo."]);
  give("brush-smaller", "brush-smaller");
  expect(editor.brushSize).toBe(26);
  give(...Array<EditorCommand>(20).fill("brush-smaller"));
  expect(editor.brushSize).toBe(4);
  give(...Array<EditorCommand>(40).fill("brush-larger"));
  expect(editor.brushSize).toBe(400);
  editor.camera.zoomBy(-1);
  give("brush-larger");
  expect(editor.words).toBe("Brush 480 px of the photo.");
});

test("Escape gives up the line, then the choice, and never the tool", () => {
  const { editor, give, click } = bench();
  editor.select("a");
  click([150, 10]);
  const states = [1, 2, 3].map(() => {
    give("cancel");
    return [editor.tool.draft, editor.selected?.id ?? null, editor.tool.name];
  });
  expect(states).toEqual([
    [null, "a", "polygon"],
    [null, null, "polygon"],
    [null, null, "polygon"],
  ]);
});

test("Backspace takes the last corner of the line back, and without a line deletes what is chosen", () => {
  const { editor, store, give, click } = bench();
  editor.select("a");
  click([150, 10]);
  click([180, 10]);
  give("step-back");
  expect([editor.tool.draft?.line, store.document.regions.length]).toEqual([[2400, 160], 2]);
  give("step-back", "step-back");
  expect(store.document.regions).toEqual([B]);
});

test("once the line is gone, undo goes on with what was done before it", () => {
  const { editor, store, give, click } = bench();
  store.commit("delete", "b", null);
  click([150, 10]);
  give("undo", "undo");
  expect([editor.tool.draft, store.document]).toEqual([null, documentOf(A, B)]);
});

test("undo and redo step through the line's corners first, then through the edits", () => {
  const { editor, store, give, click } = bench();
  store.commit("delete", "b", null);
  click([150, 10]);
  click([180, 10]);
  give("undo");
  expect([editor.tool.draft?.line.length, store.document.regions.length]).toEqual([2, 1]);
  give("redo");
  expect(editor.tool.draft?.line.length).toBe(4);
  give("cancel", "select-tool", "undo");
  expect(store.document.regions.length).toBe(2);
  give("redo");
  expect(store.document.regions).toEqual([A]);
});

test("with a region chosen, its corners are stepped through with the select tool; without one nothing is", () => {
  const { editor, give } = bench();
  give("next-vertex");
  expect([editor.tool.name, editor.selectedCorners]).toEqual(["polygon", []]);
  editor.select("a");
  give("next-vertex", "next-vertex", "previous-vertex", "previous-vertex");
  expect([editor.tool.name, editor.selectedCorners]).toEqual(["select", [{ ring: 0, vertex: 3 }]]);
});

test("a corner is added after the chosen one, and the region deleted, by key", () => {
  const { store, give } = bench();
  give("next-region", "next-vertex", "insert-vertex");
  expect(store.region("a")?.rings[0]?.slice(0, 6)).toEqual([160, 160, 480, 160, 800, 160]);
  give("previous-region", "delete");
  expect(store.document.regions.map(({ id }) => id)).toEqual(["a"]);
});

test("arrows move the chosen region by one photo pixel, with Shift by ten", () => {
  const { editor, store, give } = bench();
  editor.select("a");
  give("select-tool", "right", "far-down", "left", "up");
  expect(store.region("a")?.rings).toEqual([box(10, 19, 50, 59)]);
});

test("arrows move the photo where nothing is chosen and no line is drawn", () => {
  const { editor, give } = bench();
  give("select-tool", "left", "far-up");
  expect(editor.view).toEqual({ scale: 1, x: 44, y: 74 }); // no farther, so that half the canvas still shows it
});

test("arrows and D draw an outline without a pointer", () => {
  const { editor, store, give } = bench(EMPTY);
  give("drop-vertex", "far-right", "drop-vertex", "far-down", "drop-vertex"); // from the middle of the photo
  expect(editor.tool.draft?.line).toEqual([1600, 800, 2560, 800, 2560, 1760]); // ten steps of 6 px
  editor.tool.finish();
  expect(store.document.regions.length).toBe(1);
});

test("D does nothing with a tool that draws no lines", () => {
  const { editor, store, give } = bench(EMPTY);
  give("brush-tool", "drop-vertex");
  expect([editor.tool.draft, store.log.length, editor.camera.crosshair]).toEqual([null, 0, null]);
});

test("while the key is held the line follows the photo's edges", () => {
  const { editor, give, click, point } = bench();
  click([10, 80]);
  point([60, 80]);
  give("live-wire");
  expect(editor.guides.isTracing).toBe(true);
  editor.trail(false);
  expect(editor.guides.isTracing).toBe(false);
});

test("a region is painted later or earlier", () => {
  const { editor, store, give } = bench();
  editor.select("a");
  const order = () => store.document.regions.map(({ z }) => z);
  give("raise");
  expect(order()).toEqual([1, 0]);
  give("lower", "lower");
  expect([order(), store.log.length]).toEqual([[0, 1], 2]);
});

test("new regions go under the others and over them again, which is said", () => {
  const { editor, give } = bench();
  give("under");
  expect([editor.newZ, editor.words]).toEqual([-1, "New regions go under the others."]);
  give("under");
  expect([editor.newZ, editor.words]).toEqual([2, "New regions go over the others."]);
});

test("the rest is filled with the level in hand, and the chosen region gets fewer corners", () => {
  const ring = [160, 160, 480, 162, 800, 160, 800, 800, 160, 800];
  const { editor, store, give } = bench(documentOf({ ...A, rings: [ring] }));
  editor.select("a");
  give("level-1", "fill-rest", "simplify");
  expect([store.document.base, store.region("a")?.rings]).toEqual([1, [box(10, 10, 50, 50)]]);
  expect(editor.words).toBe("1 corner fewer.");
});

test("the photo is shown whole, at true pixels, nearer and farther", () => {
  const { editor, give } = bench();
  give("zoom-in");
  expect(editor.camera.zoom).toBeCloseTo(1.44);
  give("zoom-out");
  expect(editor.camera.zoom).toBeCloseTo(1);
  give("zoom-toggle");
  expect(editor.view).toEqual({ scale: 1, x: 24, y: 24 });
  give("zoom-toggle");
  expect(editor.camera.zoom).toBe(2); // whole at 1:1 already
});

test("one thing at a time lies over the photo, and its key takes it away again", () => {
  const { editor, give } = bench(documentOf(A), MODEL);
  const shown = (command: EditorCommand) => {
    give(command);
    return Object.entries(editor.looks).flatMap(([look, isOn]) => (isOn === true ? [look] : []));
  };
  expect(shown("fills")).toEqual(["isFilled"]);
  expect(shown("sharpness")).toEqual(["isSharpnessShown"]);
  expect(shown("model")).toEqual(["isModelShown"]);
  expect(shown("split-view")).toEqual(["isSplit"]);
  expect(shown("difference")).toEqual(["isDifferenceShown"]);
  expect(shown("difference")).toEqual([]);
});

test("without a model's map its keys show nothing", () => {
  const { editor, give } = bench();
  give("fills", "model");
  expect([editor.looks.isModelShown, editor.looks.isFilled]).toEqual([false, false]);
  give("split-view", "difference");
  expect([editor.looks.isSplit, editor.looks.isDifferenceShown]).toEqual([false, false]);
});

test("peek and loupe last while their keys are held; the strip stays", () => {
  const { editor, give } = bench();
  give("peek", "loupe", "strip");
  expect(editor.looks).toMatchObject({ isPeeking: true, isLoupe: true, isStripShown: true });
  give("strip");
  expect(editor.looks.isStripShown).toBe(false);
});

test("what lies over the photo is stronger or fainter, between a tenth and all", () => {
  const { editor, give } = bench();
  give("stronger");
  expect(editor.looks.opacity).toBeCloseTo(0.6);
  give(...Array<EditorCommand>(9).fill("stronger"));
  expect(editor.looks.opacity).toBe(1);
  give(...Array<EditorCommand>(12).fill("fainter"));
  expect(editor.looks.opacity).toBe(0.1);
});

test("with the wand in hand the same keys say how much it takes", () => {
  const { editor, give } = bench();
  give("wand-tool");
  const { tolerance } = editor.wand;
  give("stronger");
  expect([editor.wand.tolerance > tolerance, editor.looks.opacity]).toEqual([true, 0.5]);
});

test("the model's map becomes one's own", () => {
  const { store, give } = bench(EMPTY, MODEL);
  give("accept-model");
  expect(store.document).toEqual(MODEL);
});

test("a photo that the camera shook takes two keys", () => {
  const { store, give } = bench(documentOf());
  give("kind-shake", "fill-rest");
  expect(store.document.regions.map(({ kind, level }) => [kind, level])).toEqual([["shake", 2]]);
});

test("a region of level 0 has no kind of blur", () => {
  const { editor, store, give, click } = bench(documentOf());
  give("level-0");
  for (const place of [
    [10, 10],
    [60, 10],
    [60, 60],
  ] as const)
    click(place);
  editor.tool.finish();
  expect(store.document.regions.map(({ kind }) => kind)).toEqual(["unknown"]);
});
