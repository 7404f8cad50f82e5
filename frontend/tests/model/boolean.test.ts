import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_RING_VERTICES, type Region, type Ring } from "../../src/model/annotation";
import { difference, joined, strokeRings, union } from "../../src/model/boolean";
import { areaPx, netArea } from "../../src/model/geometry";
import { rasterize } from "../../src/model/raster";
import { box, disc } from "./shapes";

const size = { width: 120, height: 100 };

function mask(rings: readonly Ring[]): Uint8Array {
  const region: Region = { id: "a", level: 1, kind: "unknown", z: 0, rings };
  return rasterize({ base: 0, regions: [region] }, size);
}

/** A star with its middle in the picture. */
const stars = fc
  .tuple(
    fc.integer({ min: 300, max: 1500 }),
    fc.integer({ min: 300, max: 1200 }),
    fc.array(fc.integer({ min: 200, max: 500 }), { minLength: 4, maxLength: 12 }),
  )
  .map(([x, y, radii]) =>
    radii.flatMap((radius, i) => {
      const angle = (2 * Math.PI * i) / radii.length;
      return [Math.round(x + radius * Math.cos(angle)), Math.round(y + radius * Math.sin(angle))];
    }),
  );

/** Pixels that differ, as a share of the outlines' length: tidying moves an outline by at most a quarter pixel. */
function strays(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((count, value, i) => count + Number(value !== b[i]), 0);
}

test("union and difference mean what the level map says, but for pixels on the outline", () => {
  fc.assert(
    fc.property(stars, stars, (a, b) => {
      const [inA, inB] = [mask([a]), mask([b])];
      const either = inA.map((value, i) => value | (inB[i] as number));
      const only = inA.map((value, i) => value & ~(inB[i] as number));
      expect(strays(mask(union([a], [b])), either)).toBeLessThan(60);
      expect(strays(mask(difference([a], [b])), only)).toBeLessThan(60);
    }),
    { numRuns: 60 },
  );
});

test("a stroke has the area of a stadium, a dot that of a disc", () => {
  const area = (rings: Ring[]) => rings.reduce((sum, ring) => sum + areaPx(ring), 0);
  expect(area(strokeRings([800, 800, 1600, 800], 160)) / (50 * 20 + Math.PI * 100)).toBeCloseTo(1, 1);
  expect(area(strokeRings([800, 800], 160)) / (Math.PI * 100)).toBeCloseTo(1, 1);
});

test("a stroke around comes back as an outline with a hole; filling the hole closes it", () => {
  const round = Array.from({ length: 41 }, (_, i) => [
    Math.round(900 + 500 * Math.cos((i * Math.PI) / 20)),
    Math.round(800 + 500 * Math.sin((i * Math.PI) / 20)),
  ]).flat();
  const ring = strokeRings(round, 100);
  expect(ring.length).toBe(2);
  expect(union(ring, strokeRings([900, 800], 450)).length).toBe(1);
});

test("taking everything leaves nothing", () => {
  expect(difference([box(10, 10, 30, 30)], [box(0, 0, 50, 50)])).toEqual([]);
});

test("what nothing is taken from is the very same, whatever its corners", () => {
  const rings = [[0, 0, 400, 3, 800, 0, 800, 800, 500, 803, 200, 800, 0, 800, 0, 400]];
  expect(difference(rings, [box(100, 100, 150, 150)])).toBe(rings);
  expect(difference(rings, [])).toBe(rings);
});

test("overlapping squares make one outline, and share what they share once", () => {
  expect(union([box(0, 0, 10, 10)], [box(5, 5, 15, 15)]).map(areaPx)).toEqual([100 + 100 - 25]);
});

test("a bite out of the middle is a hole, one out of the side is not", () => {
  const [outline, hole] = difference([box(0, 0, 30, 30)], [box(10, 10, 20, 20)]);
  expect([areaPx(outline ?? []), areaPx(hole ?? [])]).toEqual([900, 100]);
  expect(difference([box(0, 0, 30, 30)], [box(10, 20, 20, 40)]).map(areaPx)).toEqual([800]);
});

test("crumbs of less than 16 square pixels go, and rings that lie on each other come out even-odd", () => {
  expect(union([box(0, 0, 10, 10), box(20, 0, 23, 5)], []).map(areaPx)).toEqual([100]);
  expect(union([box(0, 0, 10, 10), box(0, 0, 10, 10)], [])).toEqual([]);
});

test("a hole too small to see is closed by a cut elsewhere", () => {
  const rest = difference([box(0, 0, 30, 30), box(5, 5, 8, 8)], [box(20, 0, 40, 30)]);
  expect(rest.map(areaPx)).toEqual([600]);
});

test("a fine outline loses corners that nobody would see missing, a coarse one none", () => {
  const [fine] = union([disc(50, 50, 40, 400)], []) as [Ring];
  expect([fine.length / 2 < 60, Math.abs(areaPx(fine) / (Math.PI * 1600) - 1) < 0.01]).toEqual([true, true]);
  expect(union([disc(50, 50, 40, 7)], [])[0]?.length).toBe(14);
});

const areas = (rings: readonly Ring[]) => netArea(rings) / 512;
const [left, middle, right] = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10)];

test("what touches becomes one, along a chain too, and says which it took", () => {
  const { rings, taken } = joined([[left], [right], [middle]]);
  expect([rings.length, areas(rings), taken]).toEqual([1, 300, [0, 2, 1]]);
});

test("what lies apart is left, and so is what has only a corner in common", () => {
  expect(joined([[left], [right], [box(10, 10, 20, 20)]])).toEqual({ rings: [left], taken: [0] });
});

test("a region in a hole's border fills it, one in the hole's middle stays apart", () => {
  const ring = [box(0, 0, 40, 40), box(10, 10, 30, 30)];
  expect(joined([ring, [box(15, 15, 25, 25)]]).taken).toEqual([0]);
  const filled = joined([ring, [box(10, 10, 30, 30)]]);
  expect([areas(filled.rings), filled.taken]).toEqual([1600, [0, 1]]);
});

test("both halves of a ring are one again, though they overlap nowhere", () => {
  const cup = [0, 0, 160, 0, 160, 320, 480, 320, 480, 0, 640, 0, 640, 640, 0, 640];
  const lid = cup.map((value, i) => (i % 2 === 0 ? value : -value)); // on the cup's two ends
  const ring = joined([[cup], [lid]]);
  expect([ring.taken, ring.rings.length, areas(ring.rings)]).toEqual([[0, 1], 2, 40 * 80 - 20 * 40]);
});

test("a region under another is part of it", () => {
  const both = joined([[box(0, 0, 40, 40)], [box(10, 10, 30, 30)]]);
  expect([both.rings.map(areaPx), both.taken]).toEqual([[1600], [0, 1]]);
});

test("with nothing to join there is nothing", () => {
  expect(joined([])).toEqual({ rings: [], taken: [0] });
});

test("an outline with more corners than a save takes is simplified until they are few enough", () => {
  const ring = Array.from({ length: 9000 }, (_, i) => {
    const [angle, radius] = [(2 * Math.PI * i) / 9000, i % 2 === 0 ? 16_000 : 16_020];
    return [Math.round(20_000 + radius * Math.cos(angle)), Math.round(20_000 + radius * Math.sin(angle))];
  }).flat();
  const rings = union([ring], []);
  expect(rings.map((each) => each.length / 2 <= MAX_RING_VERTICES)).toEqual([true]);
  expect(netArea(rings) / netArea([ring])).toBeCloseTo(1, 2);
});
