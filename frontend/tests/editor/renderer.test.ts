import { beforeEach, expect, test } from "vitest";
import { EXTRAS } from "../../src/editor/extras";
import { RegionIndex } from "../../src/editor/regionindex";
import { Renderer } from "../../src/editor/renderer";
import type { Scene } from "../../src/editor/scene";
import { imagePoint } from "../../src/editor/viewport";
import { type Document, EMPTY, type Region } from "../../src/model/annotation";
import { boxed, documentOf, PALETTE, photoOf } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

const GREEN = "#00ff00";
let drawFrame: () => void;

beforeEach(() => {
  ({ drawFrame } = useCanvas());
});

function sceneOf(more: Partial<Scene> = {}, ...regions: Region[]): Scene {
  return {
    photo: photoOf(100, 60),
    view: { scale: 1, x: 10, y: 10 },
    index: new RegionIndex(documentOf(...regions)),
    selected: null,
    selectedCorners: [],
    draft: null,
    cue: null,
    crosshair: null,
    brush: null,
    tints: [],
    difference: null,
    sharpness: null,
    pins: [],
    levelCount: 4,
    loupe: null,
    isPeeking: false,
    hasHandles: true,
    ...more,
  };
}

/** Whether all pixels are alike; said pixel by pixel it would take long. */
const isSame = (a: Uint8ClampedArray, b: Uint8ClampedArray) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

/** A renderer on a canvas of 120 x 80 CSS pixels, showing a scene that the test may change. */
function show(scene: Scene, pixelRatio = 1) {
  const [still, active] = [new Picture(), new Picture()];
  const shown = { scene };
  const [a, b] = [still, active] as unknown as [HTMLCanvasElement, HTMLCanvasElement];
  const renderer = new Renderer(a, b, PALETTE, () => shown.scene, EXTRAS);
  renderer.resize({ width: 120, height: 80 }, { width: 120 * pixelRatio, height: 80 * pixelRatio });
  /** Show another scene, with the next frame. */
  const next = (changed: Partial<Scene>) => {
    shown.scene = { ...shown.scene, ...changed };
    renderer.refresh();
    drawFrame();
  };
  return { still, active, renderer, shown, next };
}

test("the photo lies where the view says, on whole device pixels", () => {
  expect(show(sceneOf()).still.boxOf(GREEN)).toEqual([10, 10, 100, 60]);
  expect(show(sceneOf({ view: { scale: 1, x: 10.4, y: 9.6 } })).still.boxOf(GREEN)).toEqual([
    10, 10, 100, 60,
  ]);
  expect(show(sceneOf({ view: { scale: 0.5, x: 3, y: 4 } }), 2).still.boxOf(GREEN)).toEqual([6, 8, 100, 60]);
});

test("a photo that reaches beyond the canvas fills it", () => {
  expect(show(sceneOf({ view: { scale: 3, x: -50, y: -40 } })).still.boxOf(GREEN)).toEqual([0, 0, 120, 80]);
  expect(show(sceneOf({ view: { scale: 1, x: 500, y: 0 } })).still.boxOf(GREEN)).toBe(null);
});

test("a photo made smaller is drawn from the smallest bitmap that has a pixel for each of the screen", () => {
  const photo = {
    ...photoOf(100, 60),
    bitmaps: [GREEN, "#0000ff", "#ff0000"].flatMap(
      (colour, i) => photoOf(100 / 2 ** i, 60 / 2 ** i, colour).bitmaps,
    ),
  };
  const colours = [1, 0.6, 0.5, 0.3, 0.1].map((scale) =>
    show(sceneOf({ photo, view: { scale, x: 0, y: 0 } })).still.colourAt(4, 4),
  );
  expect(colours).toEqual([GREEN, GREEN, "#0000ff", "#0000ff", "#ff0000"]);
});

test("regions have outlines and badges on the still canvas, the chosen one handles on the other", () => {
  const [one, two] = [boxed("a", [5, 5, 40, 40]), boxed("b", [50, 5, 40, 40], { level: 3 })];
  const { still, active } = show(sceneOf({ selected: two }, one, two));
  expect([still.words, active.words].map((words) => words.map(({ text }) => text))).toEqual([["1"], ["3"]]);
  expect([still.colourAt(15, 30), still.colourAt(60, 30)]).toEqual([PALETTE.outlineLight, GREEN]);
  expect([active.colourAt(15, 30), active.colourAt(60, 25)]).toEqual(["", PALETTE.outlineLight]);
  expect(active.boxOf(PALETTE.outlineLight)).toEqual([57, 12, 46, 46]); // the corners' squares reach out
});

test("a photo all of which is blurred has a frame and a badge in its corner, and a sharp one has neither", () => {
  const { still, next } = show(sceneOf({ base: 2 }));
  expect([still.words.map(({ text }) => text), still.boxOf(PALETTE.badge)]).toEqual([
    ["2"],
    [19, 19, 18, 18],
  ]);
  expect(still.colourAt(10, 50)).toBe(PALETTE.outlineLight);
  for (const base of [0, null]) {
    next({ base });
    expect([still.colourAt(20, 20), still.colourAt(10, 50)]).toEqual([GREEN, GREEN]);
  }
});

test("with a tool that draws, the chosen region has no handles; a frame has no badge either", () => {
  const selected = boxed("a", [20, 10, 60, 40]);
  const { active, next } = show(sceneOf({ selected, hasHandles: false }, selected));
  expect(active.boxOf(PALETTE.outlineDark)?.slice(2)).toEqual([64, 44]);
  expect(active.words.length).toBe(1);
  next({ isFrame: true });
  expect(active.words).toEqual([]);
});

test("who peeks sees nothing but the photo", () => {
  const [one, two] = [boxed("a", [5, 5, 40, 40]), boxed("b", [50, 5, 40, 40])];
  const tints = [{ document: documentOf(one), opacity: 1, from: null, to: null }];
  const pins = [{ at: imagePoint(50, 50), number: 1 }];
  const { still, active } = show(sceneOf({ selected: two, tints, pins, isPeeking: true }, one, two));
  const edge = PALETTE.outlineDark;
  expect([new Set(still.rows({ [GREEN]: "g", [edge]: "e" }).join("")), still.words]).toEqual([
    new Set([".", "e", "g"]),
    [],
  ]);
  expect(new Set(active.rows({}).join(""))).toEqual(new Set(["."]));
});

test("after a pan the canvas shows what one would see that was drawn anew", () => {
  const regions = [boxed("a", [5, 5, 40, 40]), boxed("b", [30, 20, 60, 30], { level: 2, z: 1 })];
  const document: Document = { base: 1, regions };
  const tints = [{ document, opacity: 0.5, from: null, to: null }];
  const difference = { own: document, model: { base: 3, regions: [] }, noEvidence: EMPTY, opacity: 0.8 };
  const panned = show(sceneOf({ tints, difference }, ...regions));
  for (const [x, y] of [
    [-13, 7],
    [-4, 7],
    [-2, 7], // an outline reaches into the strip, its region does not
    [-2, 7.4],
    [-2, 7.8], // less than a pixel at a time
    [25, 7],
    [25, -30],
    [60, 41],
  ] as const) {
    const view = { scale: 1, x, y };
    panned.next({ view });
    const { scene } = panned.shown;
    const fresh = show({ ...scene, index: new RegionIndex(document) });
    expect(isSame(panned.still.data, fresh.still.data)).toBe(true);
    expect(panned.still.words).toEqual(fresh.still.words);
  }
});

test("an edit of the chosen region leaves the others as they are; without it they are as they were", () => {
  const [one, two] = [boxed("a", [5, 5, 40, 40]), boxed("b", [50, 5, 40, 40])];
  const { still, next } = show(sceneOf({}, one, two));
  const before = still.data.slice();
  next({ selected: two });
  expect(still.words.map(({ x }) => Math.floor(x))).toEqual([35]);
  next({ selected: null });
  expect(isSame(still.data, before)).toBe(true);
});

test("a fill lets the photo through as far as its opacity says", () => {
  const document: Document = { base: null, regions: [boxed("a", [0, 0, 100, 60])] };
  const { still, next } = show(sceneOf({ tints: [{ document, opacity: 0.5, from: null, to: null }] }));
  const colours = () =>
    new Set(
      still
        .rows({ "#109010": "half", "#202020": "whole" })
        .join("")
        .match(/half|whole/g),
    );
  expect(colours()).toEqual(new Set(["half"]));
  next({ tints: [{ document, opacity: 1, from: null, to: null }] });
  expect(colours()).toEqual(new Set(["whole"]));
});

test("a split shows one map on either side of a line", () => {
  const half = { opacity: 1, from: null, to: null };
  const [mine, models] = [1, 3].map((base): Document => ({ base, regions: [] })) as [Document, Document];
  const tints = [
    { ...half, document: mine, to: 60 },
    { ...half, document: models, from: 60 },
  ];
  const row = show(sceneOf({ tints })).still.rows({
    "#202020": "1",
    "#707070": "3",
    "#0a0a0a": "d",
    "#fafafa": "l",
  })[40];
  expect(row?.slice(55, 65).replaceAll("?", "_")).toMatch(/^[1_]{3}dlld[3_]{3}$/);
  expect(row?.slice(0, 58)).not.toContain("3");
  expect(row?.slice(62)).not.toContain("1");
});

test("where mine and the model's map differ it shows over the photo, and nothing where there is no photo", () => {
  const difference = {
    own: { base: 0, regions: [] },
    model: { base: 3, regions: [] },
    noEvidence: EMPTY,
    opacity: 1,
  };
  const { still, next } = show(sceneOf({ difference }));
  expect(still.boxOf("#707070")).toEqual([10, 10, 100, 60]);
  next({ photo: null });
  expect(still.boxOf("#707070")).toBe(null);
});

test("how sharp the photo is lies over it, the later map over the earlier", () => {
  const map = (x: number, value: number) => ({
    x,
    y: 0,
    cell: 20,
    columns: 1,
    rows: 3,
    values: new Uint8Array(3).fill(value),
  });
  const { still } = show(
    sceneOf({ sharpness: { maps: [map(0, 255), map(20, 255), map(20, 1)], opacity: 1 } }),
  );
  expect([still.boxOf("#000010"), still.boxOf("#6f6f6f")]).toEqual([
    [10, 10, 20, 60],
    [30, 10, 20, 60],
  ]);
});

test("notes are flags over the outlines; the loupe lies over all, also for who peeks", () => {
  const pins = [{ at: imagePoint(50, 50), number: 7 }];
  const { still, active, renderer, next } = show(sceneOf({ pins }));
  expect(still.words.map(({ text }) => text)).toEqual(["7"]);
  next({ loupe: imagePoint(20, 20), isPeeking: true });
  renderer.resize({ width: 330, height: 330 }, { width: 330, height: 330 });
  expect([still.words, active.words.map(({ text }) => text)]).toEqual([[], ["2:1"]]);
});

test("what has changed is drawn with the next frame, and the photo only where it has", () => {
  const { still, active, renderer, shown } = show(sceneOf());
  shown.scene = { ...shown.scene, photo: photoOf(100, 60, "#0000ff"), crosshair: imagePoint(50, 30) };
  renderer.refresh(false);
  expect(active.boxOf(PALETTE.outlineLight)).toBe(null);
  drawFrame();
  expect([active.boxOf(PALETTE.outlineLight)?.slice(2), still.colourAt(50, 50)]).toEqual([[30, 30], GREEN]);
  renderer.refresh();
  drawFrame();
  expect(still.colourAt(50, 50)).toBe("#0000ff");
});

test("a canvas of another size is drawn at once; one without a size, or after the end, not at all", () => {
  const { still, renderer, shown } = show(sceneOf());
  renderer.resize({ width: 60, height: 40 }, { width: 120, height: 80 });
  expect([renderer.size, renderer.pixelRatio, still.boxOf(GREEN)]).toEqual([
    { width: 60, height: 40 },
    2,
    [20, 20, 100, 60],
  ]);
  renderer.resize({ width: 0, height: 0 }, { width: 0, height: 0 });
  expect([renderer.pixelRatio, still.width]).toEqual([1, 0]);
  renderer.resize({ width: 60, height: 40 }, { width: 60, height: 40 });
  shown.scene = { ...shown.scene, photo: null };
  renderer.refresh();
  renderer.stop();
  drawFrame();
  expect(still.boxOf(GREEN)).toEqual([10, 10, 50, 30]);
});
