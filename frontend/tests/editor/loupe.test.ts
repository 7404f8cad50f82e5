import { beforeEach, expect, test } from "vitest";
import { drawLoupe } from "../../src/editor/loupe";
import type { Photo } from "../../src/editor/photo";
import { screenPoint, toImage, type View } from "../../src/editor/viewport";
import { PALETTE, photoOf } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const CANVAS = { width: 420, height: 360 };

/** A green photo with one red pixel. */
function dotted(x: number, y: number): Photo {
  const photo = photoOf(800, 800);
  const context = (photo.bitmaps[0] as unknown as Picture).getContext();
  context.fillStyle = "#ff0000";
  context.fillRect(x, y, 1, 1);
  return photo;
}

function loupe(photo: Photo, pointer: readonly [number, number], view: View, pixelRatio = 1): Picture {
  const canvas = new Picture(CANVAS.width * pixelRatio, CANVAS.height * pixelRatio);
  const context = canvas.getContext() as unknown as CanvasRenderingContext2D;
  const at = toImage(view, screenPoint(...pointer));
  drawLoupe(context, photo, at, view, pixelRatio, PALETTE, CANVAS);
  return canvas;
}

test("of a photo made smaller the loupe shows true pixels, what the pointer is on in its middle", () => {
  const canvas = loupe(dotted(400, 600), [100, 300], { scale: 0.5, x: -100, y: 0 });
  expect(canvas.words.map(({ text }) => text)).toEqual(["1:1"]);
  expect(canvas.boxOf("#ff0000")).toEqual([128 + 128, 16 + 128, 1, 1]);
  expect(canvas.boxOf(PALETTE.outlineDark)?.slice(2)).toEqual([260, 260]);
});

test("of a photo at true pixels or nearer it shows twice as much", () => {
  const canvas = loupe(dotted(100, 100), [100, 300], { scale: 1, x: 0, y: 200 });
  expect(canvas.words.map(({ text }) => text)).toEqual(["2:1"]);
  expect(canvas.boxOf("#ff0000")?.slice(2)).toEqual([2, 2]);
  expect(loupe(dotted(0, 0), [100, 300], { scale: 3, x: 0, y: 0 }).words[0]?.text).toBe("6:1");
});

test("true pixels are those of the screen", () => {
  const canvas = loupe(dotted(400, 600), [100, 300], { scale: 0.4, x: -60, y: 60 }, 2);
  expect([canvas.words[0]?.text, canvas.boxOf("#ff0000")?.slice(2)]).toEqual(["1:1", [1, 1]]);
});

test("it lies right above the pointer, and goes to the other side where it would leave the canvas", () => {
  const corner = (x: number, y: number) =>
    loupe(dotted(0, 0), [x, y], { scale: 0.5, x: 0, y: 0 }).boxOf(PALETTE.outlineDark)?.slice(0, 2);
  expect(corner(100, 300)).toEqual([100 + 28 - 2, 300 - 28 - 256 - 2]);
  expect(corner(300, 300)).toEqual([300 - 28 - 256 - 2, 300 - 28 - 256 - 2]);
  expect(corner(100, 100)).toEqual([100 + 28 - 2, 100 + 28 - 2]);
});

test("beyond the photo it shows what lies around photos", () => {
  const canvas = loupe(dotted(0, 0), [100, 300], { scale: 0.5, x: 100, y: 300 });
  expect([canvas.colourAt(130, 100), canvas.colourAt(300, 200)]).toEqual([PALETTE.surround, "#00ff00"]);
});
