import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ring } from "../../src/model/annotation";
import { rasterize } from "../../src/model/raster";
import { thinned } from "../../src/model/thinning";
import { box } from "./shapes";

const SIDE = 64;

/** The overlap (IoU) of what two sets of rings enclose of a photo of 64 px a side. */
function overlap(a: readonly Ring[], b: readonly Ring[]): number {
  const [here, there] = [a, b].map((rings) =>
    rasterize(
      { base: 0, regions: [{ id: "a", level: 1, kind: "defocus", rings, z: 0 }] },
      { width: SIDE, height: SIDE },
    ),
  ) as [Uint8Array, Uint8Array];
  const count = (is: (i: number) => unknown) => here.filter((_, i) => is(i)).length;
  return count((i) => here[i] && there[i]) / count((i) => here[i] || there[i]);
}

/** Down a staircase of so many steps of 4 px, and back along the sides. */
const stairs = (steps: number): Ring => [
  ...Array.from({ length: steps }, (_, i) => [i * 64, i * 64, (i + 1) * 64, i * 64]).flat(),
  ...[steps * 64, steps * 64, 0, steps * 64],
];

test("what has no corner to spare keeps them all", () => {
  expect(thinned([box(0, 0, 60, 60)], 0.02)).toEqual([box(0, 0, 60, 60)]);
});

test("a corner on a straight line costs nothing and goes", () => {
  const ring = [0, 0, 480, 0, 960, 0, 960, 960, 0, 960];
  expect(thinned([ring], 0)).toEqual([box(0, 0, 60, 60)]);
});

test("a staircase becomes a slope as far as the share allows", () => {
  const ring = stairs(15);
  const counts = [0, 0.02, 0.05, 0.2].map((share) => (thinned([ring], share)[0] as Ring).length / 2);
  expect(counts).toEqual([32, 28, 20, 3]);
});

test("a hole that is small beside the rest closes once it is a triangle", () => {
  const hole = [320, 320, 320, 340, 340, 320];
  expect(thinned([box(0, 0, 60, 60), hole], 0.01)).toEqual([box(0, 0, 60, 60)]);
});

test("the overlap with what was enclosed is never less than promised", () => {
  const heights = fc.array(fc.integer({ min: 1, max: SIDE - 1 }), { minLength: 4, maxLength: 16 });
  fc.assert(
    fc.property(heights, fc.constantFrom(0.01, 0.05), (columns, share) => {
      const step = Math.floor(SIDE / columns.length) * 16;
      const ring = [
        0,
        0,
        ...columns.flatMap((y, i) => [i * step, y * 16, (i + 1) * step, y * 16]),
        columns.length * step,
        0,
      ];
      expect(overlap([ring], thinned([ring], share))).toBeGreaterThanOrEqual(1 - share - 0.01); // pixels are counted whole
    }),
  );
});
