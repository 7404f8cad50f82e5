import { expect, test } from "vitest";
import { acceptModel, acceptRegion, takeSubject } from "../../src/editor/modelmap";
import { type Document, paintingOrder } from "../../src/model/annotation";
import { boxed, documentOf, openBench } from "./bench";

const OWN = boxed("own", [10, 10, 40, 40], { z: 3 });
const MODEL: Document = {
  base: 0,
  regions: [
    boxed("m1", [60, 10, 30, 30], { level: 2, z: 4 }),
    boxed("m2", [70, 20, 60, 60], { level: 3, z: 5 }),
  ],
};

test("all of the model's map becomes one's own in one step, under what was drawn; it is no longer shown apart", () => {
  const { editor, store } = openBench(documentOf(OWN), MODEL);
  editor.look({ isSplit: true });
  acceptModel(editor);
  expect(paintingOrder(store.document)).toEqual([...MODEL.regions, { ...OWN, z: 6 }]);
  expect([store.document.base, editor.looks.isSplit, editor.words]).toEqual([
    0,
    false,
    "The model's map is yours now. Shift+O, Shift+M, Shift+S say the kind of all its blur; Ctrl+Z goes back.",
  ]);
  store.undo();
  expect(store.document).toEqual(documentOf(OWN));
});

test("without a model's map nothing is taken, and that is said", () => {
  const { editor, store } = openBench(documentOf(OWN));
  acceptModel(editor);
  expect([store.log, editor.words]).toEqual([[], "There is no map of the model for this photo."]);
});

test("the model's topmost region at the pointer comes over one's own, is chosen, and can be taken back", () => {
  const { editor, store, point } = openBench(documentOf(OWN), MODEL);
  point([80, 30]);
  acceptRegion(editor);
  expect(store.document.regions).toEqual([OWN, { ...MODEL.regions[1], z: 4 }]);
  expect([editor.selected?.id, editor.level, editor.words]).toEqual([
    "m2",
    3,
    "The model's region, level 3, is yours now. Ctrl+Z takes it back.",
  ]);
  store.undo();
  expect(store.document.regions).toEqual([OWN]);
});

test("taken once more, a region of the model's that was changed meanwhile is as the model had it, and there once", () => {
  const { editor, store, point } = openBench(documentOf({ ...boxed("m1", [0, 0, 5, 5]), z: 9 }), MODEL);
  point([62, 12]);
  acceptRegion(editor);
  expect(store.document.regions).toEqual([{ ...MODEL.regions[0], z: 10 }]);
});

test("where there is none it is said", () => {
  const { editor, store, point } = openBench(documentOf(OWN), MODEL);
  acceptRegion(editor);
  expect(editor.words).toBe("Point at a region of the model's map first.");
  point([190, 90]);
  acceptRegion(editor);
  expect([editor.words, store.log]).toEqual(["The model has no region here.", []]);
});

test("the subject's outline becomes one's own, as sharp and above all, in one step; the rest is what is levelled next", () => {
  const { editor, store } = openBench(documentOf(OWN), MODEL);
  const parts = [0, 1].map((n) => boxed(`subject-${n}`, [20 + 50 * n, 20, 30, 30], { level: 0 }));
  editor.asides = { ...editor.asides, subject: { base: null, regions: parts } };
  editor.select("own");
  takeSubject(editor);
  const taken = [OWN, ...parts.map((part) => ({ ...part, z: 4 }))];
  expect([store.document.regions, editor.selected]).toEqual([taken, null]);
  expect(editor.words).toBe(
    "The subject is yours now, as sharp. A digit and G give the rest its level; Ctrl+Z takes it back.",
  );
  editor.run("level-3");
  editor.run("fill-rest");
  expect([store.document.base, store.document.regions]).toEqual([3, taken]);
  store.undo();
  takeSubject(editor);
  expect(store.document.regions.map(({ id }) => id)).toEqual(["own", "subject-0", "subject-1"]); // once
  store.undo();
  store.undo();
  expect(store.document).toEqual(documentOf(OWN));
});

test("why no subject is taken is said: no model has looked, or it knows of none", () => {
  const said = [null, MODEL].map((model) => {
    const { editor, store } = openBench(documentOf(OWN), model);
    editor.run("subject");
    return [editor.words, editor.isRefusal, store.log.length];
  });
  expect(said).toEqual([
    ["No model has looked at this photo, so its subject is not known.", true, 0],
    ["The model knows of no subject in this photo.", true, 0],
  ]);
});
