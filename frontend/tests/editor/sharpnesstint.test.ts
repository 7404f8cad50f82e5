import { beforeEach, expect, test } from "vitest";
import { paintSharpness } from "../../src/editor/sharpnesstint";
import type { SharpnessMap } from "../../src/model/sharpness";
import { PALETTE } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const LETTERS = { "#000010": "S", "#6f6f6f": "B", "#0a0a0a at 55 %": "/" };

function mapOf(columns: number, values: number[], more: Partial<SharpnessMap> = {}): SharpnessMap {
  const rows = values.length / columns;
  return { x: 0, y: 0, cell: 4, columns, rows, values: Uint8Array.from(values), ...more };
}

/** S where the photo is as sharp as can be, B where it is as blurred, "/" for a line where nothing can be told. */
function painted(maps: readonly SharpnessMap[], lie = { x: 0, y: 0, zoom: 1, pixelRatio: 1 }): string[] {
  const canvas = new Picture(16, 8);
  for (const map of maps)
    paintSharpness(canvas.getContext() as unknown as CanvasRenderingContext2D, map, lie, PALETTE);
  return canvas.rows(LETTERS);
}

test("sharp cells have the first colour of the ramp, blurred ones the last, each cell as large as it is", () => {
  expect(painted([mapOf(2, [255, 1])])).toEqual([
    ...Array(4).fill("SSSSBBBB........"),
    ...Array(4).fill("................"),
  ]);
});

test("halfway between sharp and blurred is the middle of the ramp", () => {
  const canvas = new Picture(4, 4);
  const context = canvas.getContext() as unknown as CanvasRenderingContext2D;
  paintSharpness(context, mapOf(1, [127]), { x: 0, y: 0, zoom: 1, pixelRatio: 1 }, PALETTE);
  expect(canvas.colourAt(2, 2)).toBe("#383838"); // halfway between #303030 and #404040
});

test("where nothing can be told the photo shows through bare hatching", () => {
  const rows = painted([mapOf(3, [255, 0, 0, 255, 0, 255])]);
  expect(rows.map((row) => row.replaceAll("/", "."))).toEqual([
    ...Array(4).fill("SSSS............"),
    ...Array(4).fill("SSSS....SSSS...."),
  ]);
  expect(rows.slice(0, 4).map((row) => row.slice(4, 12).includes("/"))).toEqual([true, true, true, true]);
  expect(rows.join("").match(/\//g)?.length).toBeLessThan(20);
});

test("a finer map takes the place of the coarser one beneath, also where it tells nothing", () => {
  const fine = mapOf(2, [1, 0, 1, 0], { x: 4, cell: 2 });
  const rows = painted([mapOf(4, [255, 255, 255, 255]), fine]).map((row) => row.replaceAll("/", "."));
  expect(rows.slice(0, 4)).toEqual(Array(4).fill("SSSSBB..SSSSSSSS"));
});

test("the map lies where the photo lies, as large as the photo is shown", () => {
  const rows = painted([mapOf(2, [255, 1])], { x: 2, y: 1, zoom: 0.5, pixelRatio: 1 });
  expect(rows.slice(0, 4)).toEqual([
    "................",
    "..SSBB..........",
    "..SSBB..........",
    "................",
  ]);
});
