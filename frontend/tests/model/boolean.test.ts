import fc from "fast-check";
import { expect, test } from "vitest";
import type { Region, Ring } from "../../src/model/annotation";
import { difference, strokeRings, union } from "../../src/model/boolean";
import { areaPx } from "../../src/model/geometry";
import { rasterize } from "../../src/model/raster";

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
  const square = [160, 160, 480, 160, 480, 480, 160, 480];
  expect(difference([square], [[0, 0, 800, 0, 800, 800, 0, 800]])).toEqual([]);
});
