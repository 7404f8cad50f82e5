import { beforeEach, expect, test } from "vitest";
import { drawBadge, strokeRegion } from "../../src/editor/outlines";
import { box } from "../model/shapes";
import { boxed, PALETTE } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const LIE = { x: 0, y: 0, zoom: 1, pixelRatio: 1 };
const context = (canvas: Picture) => canvas.getContext() as unknown as CanvasRenderingContext2D;

/** The pixels across the left edge, 16 photo pixels from the left and far from its ends. */
function leftEdge(lie: typeof LIE): string {
  const canvas = new Picture(40 * lie.zoom, 40 * lie.zoom);
  strokeRegion(context(canvas), boxed("a", [16, 4, 20, 32]), lie, PALETTE, 2);
  const row = canvas.rows({ "#0a0a0a": "d", "#fafafa": "l" })[20 * lie.zoom] ?? "";
  return row.slice(0, 26 * lie.zoom).replace(/^\.+|\.+$/g, "");
}

test("an outline is a light line between two dark ones, so that it shows on any photo", () => {
  expect(leftEdge(LIE)).toBe("dlld");
});

test("it is as wide at any zoom, and twice as many device pixels where a CSS pixel has two", () => {
  expect(leftEdge({ ...LIE, zoom: 3 })).toBe("dlld");
  expect(leftEdge({ ...LIE, zoom: 2, pixelRatio: 2 })).toBe("ddlllldd");
});

test("the badge says the level, on its colour, in the middle of the region", () => {
  const canvas = new Picture(60, 60);
  drawBadge(context(canvas), boxed("a", [10, 10, 40, 40], { level: 3 }), LIE, PALETTE, 4);
  expect(canvas.words.map(({ text }) => text)).toEqual(["3"]);
  expect(canvas.boxOf(PALETTE.badge)).toEqual([21, 21, 18, 18]);
  expect(canvas.boxOf("#707070")).toEqual([24, 34, 12, 2]); // the colour of the highest of four levels
});

test("a region with a hole wears its badge where it is widest, not in the hole", () => {
  const canvas = new Picture(100, 100);
  const ring = boxed("a", [0, 0, 100, 100], { rings: [box(0, 0, 100, 100), box(10, 20, 60, 80)] });
  drawBadge(context(canvas), ring, LIE, PALETTE, 4);
  expect(canvas.words.map(({ x }) => x)).toEqual([80]);
});

test("a region too small on screen wears no badge; close up it does", () => {
  const words = (zoom: number, pixelRatio: number) => {
    const canvas = new Picture(100, 100);
    drawBadge(context(canvas), boxed("a", [0, 0, 20, 20]), { ...LIE, zoom, pixelRatio }, PALETTE, 4);
    return canvas.words.map(({ text }) => text);
  };
  expect([words(1, 1), words(2, 1), words(2, 2)]).toEqual([[], ["1"], []]);
});
