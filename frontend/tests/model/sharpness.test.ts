import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flooded, ringsOf } from "../../src/model/flood";
import { areaPx } from "../../src/model/geometry";
import type { Pixels } from "../../src/model/light";
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
  const map = sharpnessMap(reader(each), each, each.cell);
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

function lines(taken: Uint8Array | null, columns: number): string[] {
  return (taken ? [...taken].join("") : "").match(new RegExp(`.{${columns}}`, "g")) ?? [];
}

test("a part of a map keeps its place on the photo", () => {
  const part = cropped(drawn("1234", "5678"), 1, 1, 2, 1);
  expect([part.x, part.y, ...part.values]).toEqual([4, 4, 150, 175]);
});

test("the flood takes what is as sharp and hangs together, not what is as sharp elsewhere", () => {
  const map = drawn("9991119999", "9991119999");
  expect(lines(flooded(map, 0, 0, 30), 10)).toEqual(["1110000000", "1110000000"]);
  expect(lines(flooded(map, 0, 0, 255), 10)).toEqual(["1111111111", "1111111111"]);
});

test("a place without evidence is no start", () => {
  expect(flooded(drawn("0009", "0009", "0009"), 0, 1, 30)).toBeNull();
});

test("an even area is taken where it is enclosed, and left where it is open or beside another sharpness", () => {
  const enclosed = drawn("9999999", "9000009", "9000009", "9000009", "9000009", "9000009", "9999999");
  expect(flooded(enclosed, 0, 0, 30)?.every(Boolean)).toBe(true);
  const beside = drawn("9999999", "9000009", "9000009", "9001009", "9000009", "9000009", "9999999");
  expect(flooded(beside, 0, 0, 30)?.[3 * 7 + 2]).toBe(0);
  const open = drawn("9999999", "9000000", "9000000", "9000000", "9000000");
  expect(flooded(open, 0, 0, 30)?.[3 * 7 + 5]).toBe(0);
});

test("gaps of two cells without evidence do not stop the flood", () => {
  expect(flooded(drawn("990099", "990099"), 0, 0, 30)?.[5]).toBe(1);
  expect(flooded(drawn("9900099", "9900099"), 0, 0, 30)?.[6]).toBe(0);
});

test("rings surround the taken cells, with holes, and end at the photo's border", () => {
  const map = drawn(...Array.from({ length: 12 }, () => "999999999999"));
  const taken = new Uint8Array(144).fill(1);
  for (let r = 3; r < 8; r++) taken.fill(0, r * 12 + 3, r * 12 + 8);
  const rings = ringsOf(taken, map, 46, 47);
  expect(rings.map(areaPx).sort((a, b) => b - a)).toEqual([46 * 47, 20 * 20 - 40]); // a corner of the hole is rounded
});

test("cells that touch by a corner make rings of their own", () => {
  const map = drawn(...Array.from({ length: 12 }, () => "999999999999"));
  const taken = new Uint8Array(144);
  for (let r = 0; r < 12; r++) taken.fill(1, r * 12 + (r < 6 ? 0 : 6), r * 12 + (r < 6 ? 6 : 12));
  expect(ringsOf(taken, map, 48, 48).reduce((sum, ring) => sum + areaPx(ring), 0)).toBe(2 * 24 * 24);
});
