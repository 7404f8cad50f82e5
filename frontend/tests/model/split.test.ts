import fc from "fast-check";
import { expect, test } from "vitest";
import type { Region, Ring } from "../../src/model/annotation";
import { areaPx } from "../../src/model/geometry";
import { rasterize } from "../../src/model/raster";
import { split } from "../../src/model/split";

const size = { width: 130, height: 130 };
const square: Ring = [160, 160, 1760, 160, 1760, 1760, 160, 1760]; // 100 px wide

function mask(rings: readonly Ring[]): Uint8Array {
  const region: Region = { id: "a", level: 1, kind: "unknown", z: 0, rings };
  return rasterize({ base: 0, regions: [region] }, size);
}

const area = (rings: readonly Ring[]) => mask(rings).reduce((sum, inside) => sum + inside, 0);

test("a line from edge to edge makes two parts that share it exactly, the larger first", () => {
  const parts = split([square], [0, 560, 1900, 560]);
  expect(parts.map(area)).toEqual([100 * 75, 100 * 25]);
  expect(parts.flat(2).filter((_, i) => i % 2 === 1)).toEqual(expect.arrayContaining([560, 560, 560, 560]));
});

test("a line that stops inside cuts only where it reaches the outline when drawn out", () => {
  const short: Ring = [400, 560, 1700, 560];
  expect(split([square], short)).toEqual([[square]]);
  expect(split([square], short, 100)).toEqual([[square]]);
  expect(split([square], short, 300).map(area)).toEqual([100 * 75, 100 * 25]);
  expect(split([square], [0, 0, 0, 1900])).toEqual([[square]]);
});

test("a winding line makes as many parts as it tears off, and a hole stays with its part", () => {
  const wave: Ring = [0, 960, 400, 960, 400, 60, 800, 60, 800, 960, 1900, 960];
  expect(split([square], wave).length).toBe(3);
  const hole: Ring = [800, 1200, 1000, 1200, 1000, 1400, 800, 1400];
  const [below, above] = split([square, hole], [0, 800, 1900, 800]);
  expect([below?.length, above?.length]).toEqual([2, 1]);
});

test("a body that the line does not touch stays with the largest part", () => {
  const far: Ring = [160, 1900, 1760, 1900, 1760, 2000, 160, 2000];
  const [first, second] = split([square, far], [0, 560, 1900, 560]);
  expect([first?.length, second?.length]).toEqual([2, 1]);
  expect(areaPx(first?.[1] ?? [])).toBe(areaPx(far));
});

const stars = fc
  .tuple(
    fc.integer({ min: 700, max: 1300 }),
    fc.integer({ min: 700, max: 1300 }),
    fc.array(fc.integer({ min: 150, max: 650 }), { minLength: 4, maxLength: 14 }),
  )
  .map(([x, y, radii]) =>
    radii.flatMap((radius, i) => {
      const angle = (2 * Math.PI * i) / radii.length;
      return [Math.round(x + radius * Math.cos(angle)), Math.round(y + radius * Math.sin(angle))];
    }),
  );
const lines = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 2000 })), {
    minLength: 2,
    maxLength: 6,
  })
  .map((points) => points.flat());

test("whatever the line, no pixel is in two parts and none is lost, but for ones that the cut's own ends touch", () => {
  fc.assert(
    fc.property(stars, lines, (star, line) => {
      const parts = split([star], line);
      const count = new Uint8Array(size.width * size.height);
      for (const part of parts)
        for (const [i, inside] of mask(part).entries()) count[i] = (count[i] as number) + inside;
      const whole = mask([star]);
      expect(count.some((times) => times > 1)).toBe(false);
      expect(count.reduce((lost, times, i) => lost + Number(times !== whole[i]), 0)).toBeLessThanOrEqual(12);
    }),
    { numRuns: 100 },
  );
});
