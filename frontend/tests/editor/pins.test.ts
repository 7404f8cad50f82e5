import { beforeEach, expect, test } from "vitest";
import { drawPin } from "../../src/editor/pins";
import { imagePoint } from "../../src/editor/viewport";
import { PALETTE } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

function pinned(zoom: number, pixelRatio = 1): Picture {
  const canvas = new Picture(120, 120);
  const context = canvas.getContext() as unknown as CanvasRenderingContext2D;
  drawPin(context, { at: imagePoint(10, 20), number: 12 }, { x: 40, y: 40, zoom, pixelRatio }, PALETTE);
  return canvas;
}

test("a note is a flag above its place, with its number on it", () => {
  const canvas = pinned(1);
  expect(canvas.words).toEqual([{ text: "12", x: 50, y: 60 - 18 + 2.5 }]);
  const [x, y, width, height] = canvas.boxOf(PALETTE.action) as [number, number, number, number];
  expect([x + width / 2, y + height <= 60, y + height > 55]).toEqual([50, true, true]);
});

test("it is as large at any zoom, and goes with the photo", () => {
  const [small, large] = [pinned(1), pinned(3)].map((canvas) => canvas.boxOf(PALETTE.action) ?? []);
  expect(large?.slice(2)).toEqual(small?.slice(2));
  expect(large?.slice(0, 2)).toEqual([(small?.[0] ?? 0) + 20, (small?.[1] ?? 0) + 40]);
});

test("on a screen with two device pixels a CSS pixel it is twice as large in those", () => {
  expect(pinned(1, 2).words).toEqual([{ text: "12", x: 50, y: 60 - 2 * 15.5 }]);
});
