import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ring } from "../../src/model/annotation";
import { distanceToSegment } from "../../src/model/geometry";
import { simplified } from "../../src/model/simplify";

describe("simplifying", () => {
  test("keeps the ends and what lies farther off than its tolerance", () => {
    expect(simplified([0, 0, 10, 1, 20, 0, 30, 40], 2)).toEqual([0, 0, 20, 0, 30, 40]);
    expect(simplified([0, 0, 50, 4, 100, 0], 4)).toEqual([0, 0, 100, 0]);
    expect(simplified([0, 0, 50, 5, 100, 0], 4)).toEqual([0, 0, 50, 5, 100, 0]);
  });

  test("leaves a line of one stretch or less as it is", () => {
    for (const line of [[], [3, 4], [3, 4, 3, 4]]) expect(simplified(line, 100)).toBe(line);
  });

  test("of a line that comes back to its start keeps what lies off it", () => {
    expect(simplified([0, 0, 100, 0, 100, 100, 0, 0], 8)).toEqual([0, 0, 100, 0, 100, 100, 0, 0]);
  });

  test("moves no corner farther than the tolerance off the line that is left, and invents none", () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 })), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 60 }), (corners, tolerance) => {
        const line = simplified(corners.flat(), tolerance);
        const pairs = (flat: Ring) =>
          Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
        const left = pairs(line) as [number, number][];
        expect(left.every(([x, y]) => corners.some(([u, v]) => u === x && v === y))).toBe(true);
        for (const [x, y] of corners) {
          const gaps = left.slice(1).map(([bx, by], i) => {
            const [ax, ay] = left[i] as [number, number];
            return distanceToSegment(x, y, ax, ay, bx, by);
          });
          expect(Math.min(...gaps)).toBeLessThanOrEqual(tolerance);
        }
      }),
    );
  });
});
