import { beforeEach, expect, test } from "vitest";
import { drawDraft, drawHandles, midpoints } from "../../src/editor/handles";
import { RegionIndex } from "../../src/editor/regionindex";
import type { Draft, Scene } from "../../src/editor/scene";
import { imagePoint, screenPoint } from "../../src/editor/viewport";
import { EMPTY } from "../../src/model/annotation";
import { box } from "../model/shapes";
import { boxed, PALETTE } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const SIZE = { width: 120, height: 80 };
const NOTHING: Scene = {
  photo: null,
  view: { scale: 1, x: 0, y: 0 },
  index: new RegionIndex(EMPTY),
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
};
const LINE: Draft = { line: [], next: null, closes: false, level: 1 };

function drawn(scene: Partial<Scene>, draw: typeof drawHandles = drawHandles): Picture {
  const canvas = new Picture(SIZE.width, SIZE.height);
  const context = canvas.getContext() as unknown as CanvasRenderingContext2D;
  draw(context, { ...NOTHING, ...scene }, 1, PALETTE, SIZE);
  return canvas;
}

const isLight = (canvas: Picture, x: number, y: number) => canvas.colourAt(x, y) === PALETTE.outlineLight;

test("the middle of an edge can be taken hold of where the edge is 40 px long on screen", () => {
  const rings = [box(0, 0, 30, 20), box(5, 5, 15, 15)];
  expect(midpoints(rings, { scale: 1, x: 0, y: 0 })).toEqual([]);
  expect(midpoints(rings, { scale: 2, x: 100, y: 10 })).toEqual([
    [0, 0, 130, 10],
    [0, 1, 160, 30],
    [0, 2, 130, 50],
    [0, 3, 100, 30],
  ]);
});

test("each corner has a light square and each long edge a dot; the chosen corner has a larger square in colour", () => {
  const canvas = drawn({
    selected: boxed("a", [20, 20, 80, 30]),
    selectedCorners: [{ ring: 0, vertex: 2 }],
  });
  const corners = [
    [20, 20],
    [99, 20],
    [20, 49],
  ] as const;
  expect(corners.map(([x, y]) => isLight(canvas, x, y))).toEqual([true, true, true]);
  expect(canvas.boxOf(PALETTE.action)).toEqual([95, 45, 10, 10]); // 12 px, its dark line lies half inside
  expect(canvas.colourAt(60, 20)).toBe("#0a0a0a at 75 %"); // the dot of the upper edge
  expect([canvas.colourAt(20, 35), canvas.colourAt(60, 35)]).toEqual(["", ""]); // 30 px have none, nor has the inside
});

test("corners that lie closer than 6 px on screen share a square", () => {
  const selected = boxed("a", [0, 0, 1, 1], { rings: [[160, 160, 200, 160, 800, 160, 800, 800]] });
  const squares = (scale: number) => {
    const row = drawn({ selected, view: { scale, x: 0, y: 0 } }).rows({ "#fafafa": "l" })[10 * scale] ?? "";
    return row.replaceAll("?", ".").match(/l+/g)?.length;
  };
  expect([squares(1), squares(2.3)]).toEqual([2, 2]);
  expect(drawn({ selected }).colourAt(12, 10)).toBe(PALETTE.outlineLight);
});

test("handles out of sight are not drawn, and without a chosen region there are none", () => {
  const far = drawn({ selected: boxed("a", [-60, -60, 400, 400]) });
  expect(far.boxOf(PALETTE.outlineLight)).toBe(null);
  expect(drawn({}).boxOf(PALETTE.outlineDark)).toBe(null);
});

test("the line that is drawn goes on to the hand, and its first corner wears a ring", () => {
  const line = [160, 160, 960, 160];
  const canvas = drawn({ draft: { ...LINE, line, next: imagePoint(60, 60) } }, drawDraft);
  expect([isLight(canvas, 40, 10), isLight(canvas, 60, 40), canvas.colourAt(35, 35)]).toEqual([
    true,
    true,
    "",
  ]);
  expect([isLight(canvas, 10, 8), canvas.boxOf(PALETTE.action)]).toEqual([true, null]);
});

test("where a click would close the outline it is drawn closed and its first corner is in colour, and larger", () => {
  const line = [160, 160, 960, 160, 960, 960];
  const canvas = drawn({ draft: { ...LINE, line, next: imagePoint(11, 11), closes: true } }, drawDraft);
  expect([canvas.boxOf(PALETTE.action), isLight(canvas, 35, 35)]).toEqual([[4, 4, 12, 12], true]);
});

test("a brush stroke is as wide as the brush and lets the photo through", () => {
  const canvas = drawn({ draft: { ...LINE, line: [320, 640, 1280, 640], brush: 20 } }, drawDraft);
  expect(canvas.boxOf("#fafafa at 35 %")).toEqual([10, 30, 80, 20]); // round ends
});

test("the brush is a ring around the pointer", () => {
  const canvas = drawn(
    { brush: { at: imagePoint(50, 40), size: 30 }, view: { scale: 1, x: 10, y: 0 } },
    drawDraft,
  );
  expect([isLight(canvas, 75, 40), isLight(canvas, 45, 40), canvas.colourAt(60, 40)]).toEqual([
    true,
    true,
    "",
  ]);
});

test("the crosshair leaves its middle free", () => {
  const canvas = drawn({ crosshair: imagePoint(50, 40) }, drawDraft);
  expect([isLight(canvas, 58, 40), isLight(canvas, 50, 30), canvas.colourAt(50, 40)]).toEqual([
    true,
    true,
    "",
  ]);
});

test("a corner to snap to wears a diamond, an edge a circle", () => {
  const cue = (onto: "corner" | "edge") =>
    drawn({ cue: { is: "snap", x: 800, y: 640, onto, region: null } }, drawDraft);
  const boxes = [cue("corner"), cue("edge")].map((canvas) => canvas.boxOf(PALETTE.outlineLight)?.[2]);
  expect(boxes).toEqual([18, 14]);
  expect(isLight(cue("corner"), 54, 36)).toBe(true); // on the diamond's straight side
});

test("the frame that chooses corners lies between where it began and the hand", () => {
  const cue = { is: "frame", from: screenPoint(80, 60), to: screenPoint(20, 10) } as const;
  expect(drawn({ cue }, drawDraft).boxOf(PALETTE.outlineDark)).toEqual([19, 9, 62, 52]);
});
