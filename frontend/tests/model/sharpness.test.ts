import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Pixels } from "../../src/model/light";
import { noiseOf } from "../../src/model/noise";
import { cropped, type SharpnessMap, sharpnessMap } from "../../src/model/sharpness";

interface Case {
  name: string;
  width: number;
  height: number;
  cell: number;
  rgb: string;
  columns: number;
  map: number[];
}
const file = new URL("../../../tests/data/sharpness_cases.json", import.meta.url);
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

/** Rows of a picture as a canvas would give them. */
function reader({ width, rgb }: Case): (top: number, bottom: number) => Pixels {
  const bytes = Buffer.from(rgb, "base64");
  return (top, bottom) => {
    const data = new Uint8ClampedArray(4 * width * (bottom - top)).fill(255);
    for (let i = 0; i < width * (bottom - top); i++) {
      data.set(bytes.subarray(3 * (top * width + i), 3 * (top * width + i) + 3), 4 * i);
    }
    return { width, height: bottom - top, data };
  };
}

test.each(cases)("the map of $name is Python's, to one step of 255", (each) => {
  const map = sharpnessMap(reader(each), each, each.cell, noiseOf(reader(each), each));
  expect([map.columns, map.values.length]).toEqual([each.columns, each.map.length]);
  const apart = each.map.map((value, i) => Math.abs(value - (map.values[i] as number)));
  expect(Math.max(...apart)).toBeLessThanOrEqual(1);
  expect(each.map.map((value) => value === 0)).toEqual([...map.values].map((value) => value === 0));
});

/** A map drawn with a digit a cell: 0 no evidence, 1 to 9 as 25 to 225. */
function drawn(...lines: string[]): SharpnessMap {
  const values = Uint8Array.from(lines.join(""), (digit) => 25 * Number(digit));
  return { x: 0, y: 0, cell: 4, columns: (lines[0] as string).length, rows: lines.length, values };
}

test("a part of a map keeps its place on the photo", () => {
  const part = cropped(drawn("1234", "5678"), 1, 1, 2, 1);
  expect([part.x, part.y, ...part.values]).toEqual([4, 4, 150, 175]);
});

test("a part reaches to the map's own end, row by row", () => {
  const part = cropped(drawn("1234", "5678", "9123"), 2, 1, 2, 2);
  expect([part.columns, part.rows, ...part.values]).toEqual([2, 2, 175, 200, 50, 75]);
});
