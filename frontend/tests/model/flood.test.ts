import fc from "fast-check";
import { expect, test } from "vitest";
import { flooded, ringsOf } from "../../src/model/flood";
import { areaPx, boundsOf } from "../../src/model/geometry";
import type { SharpnessMap } from "../../src/model/sharpness";
import { box } from "./shapes";

/** A map drawn with a digit a cell: 0 no evidence, 1 to 9 as 25 to 225. */
function drawn(...rows: string[]): SharpnessMap {
  const values = Uint8Array.from(rows.join(""), (digit) => 25 * Number(digit));
  return { x: 0, y: 0, cell: 4, columns: (rows[0] as string).length, rows: rows.length, values };
}

function lines(taken: Uint8Array | null, columns: number): string[] {
  return (taken ? [...taken].join("") : "").match(new RegExp(`.{${columns}}`, "g")) ?? [];
}

test("the flood takes what is as sharp and hangs together, not what is as sharp elsewhere", () => {
  const map = drawn("9991119999", "9991119999");
  expect(lines(flooded(map, 0, 0, 30), 10)).toEqual(["1110000000", "1110000000"]);
  expect(lines(flooded(map, 0, 0, 255), 10)).toEqual(["1111111111", "1111111111"]);
});

test.each([
  [49, "1110000"],
  [50, "1111110"],
  [199, "1111110"],
  [200, "1111111"],
])("with a tolerance of %i it takes %s", (tolerance, row) => {
  expect(lines(flooded(drawn("9997771"), 0, 0, tolerance), 7)).toEqual([row]);
});

test("blurrier and sharper cells count alike", () => {
  expect(lines(flooded(drawn("7775559"), 3, 0, 50), 7)).toEqual(["1111110"]);
});

test("the place is as sharp as the middle of what it and its neighbours say", () => {
  const map = drawn("999", "919", "999");
  expect(lines(flooded(map, 1, 1, 30), 3)).toEqual(["111", "101", "111"]);
});

test("a place without evidence is no start, but one beside evidence is", () => {
  const map = drawn("0009", "0009", "0009");
  expect(flooded(map, 0, 1, 30)).toBeNull();
  expect(lines(flooded(map, 2, 1, 30), 4)).toEqual(["0001", "0001", "0001"]);
});

test("an even area is taken where it is enclosed, and left where it is open or beside another sharpness", () => {
  const enclosed = drawn("9999999", "9000009", "9000009", "9000009", "9000009", "9000009", "9999999");
  expect(flooded(enclosed, 0, 0, 30)?.every(Boolean)).toBe(true);
  const beside = drawn("9999999", "9000009", "9000009", "9001009", "9000009", "9000009", "9999999");
  expect(flooded(beside, 0, 0, 30)?.[3 * 7 + 2]).toBe(0);
  const open = drawn("9999999", "9000000", "9000000", "9000000", "9000000");
  expect(flooded(open, 0, 0, 30)?.[3 * 7 + 5]).toBe(0);
});

test("gaps of two cells without evidence do not stop the flood, and are taken; wider ones do", () => {
  expect(lines(flooded(drawn("990099", "990099"), 0, 0, 30), 6)).toEqual(["111111", "111111"]);
  expect(lines(flooded(drawn("9900099", "9900099"), 0, 0, 30), 7)).toEqual(["1100000", "1100000"]);
});

const maps = fc
  .array(fc.integer({ min: 0, max: 4 }), { minLength: 48, maxLength: 48 })
  .map((digits) => drawn(...Array.from({ length: 6 }, (_, r) => digits.slice(8 * r, 8 * r + 8).join(""))));
const place = fc.tuple(fc.nat(7), fc.nat(5));

test("more tolerance never takes less of what has evidence", () => {
  fc.assert(
    fc.property(maps, place, fc.nat(120), (map, [column, row], tolerance) => {
      const less = flooded(map, column, row, tolerance);
      const more = flooded(map, column, row, tolerance + 25);
      expect(more === null).toBe(less === null);
      expect(less?.some((taken, i) => taken && map.values[i] !== 0 && !more?.[i]) ?? false).toBe(false);
    }),
  );
});

test("a photo seen in a mirror gives the flood seen in a mirror", () => {
  const mirrored = (map: SharpnessMap): SharpnessMap => ({
    ...map,
    values: map.values.map((_, i) => map.values[i - (i % 8) + 7 - (i % 8)] as number),
  });
  fc.assert(
    fc.property(maps, place, (map, [column, row]) => {
      const there = flooded(mirrored(map), 7 - column, row, 30);
      const here = flooded(map, column, row, 30);
      expect(lines(there, 8)).toEqual(lines(here, 8).map((line) => [...line].reverse().join("")));
    }),
  );
});

/** A map of so many cells, and those of a rectangle taken. */
function block(columns: number, rows: number, left: number, top: number, right: number, bottom: number) {
  const map = drawn(...Array.from({ length: rows }, () => "9".repeat(columns)));
  const taken = map.values.map((_, i) => {
    const [c, r] = [i % columns, Math.floor(i / columns)];
    return Number(c >= left && c < right && r >= top && r < bottom);
  });
  return { map, taken };
}

test("a block of cells is a rectangle in the photo's own units", () => {
  const { map, taken } = block(12, 12, 2, 3, 8, 8);
  expect(ringsOf(taken, map, 48, 48)).toEqual([box(8, 12, 32, 32)]);
});

test("rings surround the taken cells, with holes, and end at the photo's border", () => {
  const { map, taken: hole } = block(12, 12, 3, 3, 8, 8);
  const rings = ringsOf(
    hole.map((isIn) => 1 - isIn),
    map,
    46,
    47,
  );
  expect(rings.map(areaPx).sort((a, b) => b - a)).toEqual([46 * 47, 20 * 20 - 40]); // a corner of the hole is rounded
  expect(boundsOf(rings)).toEqual({ minX: 0, minY: 0, maxX: 46 * 16, maxY: 47 * 16 });
});

test.each([
  [6, 4, 1],
  [23, 1, 0],
])("%i by %i cells make %i rings: fewer than 24 are a crumb", (width, height, count) => {
  const { map, taken } = block(30, 12, 2, 2, 2 + width, 2 + height);
  expect(ringsOf(taken, map, 120, 48).length).toBe(count);
});

test("cells that touch by a corner make rings of their own", () => {
  const { map } = block(12, 12, 0, 0, 0, 0);
  const taken = map.values.map((_, i) => Number(Math.floor(i / 12) < 6 === i % 12 < 6));
  expect(ringsOf(taken, map, 48, 48).reduce((sum, ring) => sum + areaPx(ring), 0)).toBe(2 * 24 * 24);
});

test("steps of a cell are smoothed away", () => {
  const { map } = block(24, 24, 0, 0, 0, 0);
  const taken = map.values.map((_, i) => Number(i % 24 <= Math.floor(i / 24))); // below the diagonal
  expect(ringsOf(taken, map, 96, 96).map((ring) => ring.length / 2 <= 4)).toEqual([true]);
});
