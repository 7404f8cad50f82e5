import { beforeEach, expect, test } from "vitest";
import { boxInSight, covers, readStored } from "../../src/editor/sharpnessview";
import { Picture } from "./canvas";
import { fileOf, useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const CANVAS = { width: 1000, height: 800 };
const LARGE = { width: 6000, height: 4000 };

test("the stored map has a value a pixel, each of so many photo pixels", async () => {
  const png = fileOf(Picture.of(["ab", "ba"], { a: "#ff0000", b: "#070000" }));
  expect(await readStored(png, { width: 1000, height: 900 })).toEqual({
    x: 0,
    y: 0,
    cell: 4,
    columns: 2,
    rows: 2,
    values: Uint8Array.of(255, 7, 7, 255),
  });
  expect((await readStored(png, { width: 3000, height: 6000 })).cell).toBe(12); // 512 cells along the longer side
});

test("a small photo is measured whole wherever it lies", () => {
  expect(boxInSight({ width: 3000, height: 2000 }, { scale: 4, x: -9000, y: 0 }, CANVAS)).toEqual({
    x: 0,
    y: 0,
    width: 3000,
    height: 2000,
  });
});

test("of a large photo what is in sight is measured, to the whole pixel", () => {
  expect(boxInSight(LARGE, { scale: 2, x: -201, y: 100 }, CANVAS)).toEqual({
    x: 100,
    y: 0,
    width: 501,
    height: 350,
  });
  expect(boxInSight(LARGE, { scale: 1, x: -5500, y: -3900 }, CANVAS)).toEqual({
    x: 5500,
    y: 3900,
    width: 500,
    height: 100,
  });
});

test("too much at once, or nothing in sight, is not measured", () => {
  expect(boxInSight(LARGE, { scale: 0.2, x: 0, y: 0 }, CANVAS)).toBe(null);
  expect(boxInSight(LARGE, { scale: 1, x: 1000, y: 0 }, CANVAS)).toBe(null);
});

test("a map covers the boxes that lie within its cells", () => {
  const map = { x: 8, y: 8, cell: 4, columns: 5, rows: 3, values: new Uint8Array(15) };
  const box = (x: number, y: number, width: number, height: number) => covers(map, { x, y, width, height });
  expect([box(8, 8, 20, 12), box(10, 10, 1, 1)]).toEqual([true, true]);
  expect([box(7, 8, 2, 2), box(8, 7, 2, 2), box(9, 8, 20, 12), box(8, 9, 20, 12)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
