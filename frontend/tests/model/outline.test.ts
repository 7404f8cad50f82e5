import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areaPx } from "../../src/model/geometry";
import { firstCrossing, ringFault, simplified, untangled } from "../../src/model/outline";

const square = [0, 0, 160, 0, 160, 160, 0, 160];

describe("ringFault", () => {
  test.each([
    [square, null],
    [[0, 0, 16, 0, 16, 16], "too small"],
    [[0, 0, 160, 160, 160, 0, 0, 170], "crosses"],
    [Array.from({ length: 8002 }, (_, i) => i), "at most 4000"],
  ])("%#", (ring, words) => {
    const fault = ringFault(ring as number[]);
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toContain(words);
  });

  test("a star-shaped ring never crosses itself", () => {
    const radii = fc.array(fc.integer({ min: 400, max: 4000 }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(radii, (lengths) => {
        const ring = lengths.flatMap((radius, i) => {
          const angle = (2 * Math.PI * i) / lengths.length;
          return [Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))];
        });
        expect(firstCrossing(ring)).toBeNull();
      }),
    );
  });

  test("a ring of 4,000 points is checked well within a frame or two", () => {
    const ring = Array.from({ length: 4000 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 4000;
      return [Math.round(90_000 * Math.cos(angle)), Math.round(60_000 * Math.sin(angle))];
    }).flat();
    const start = process.cpuUsage();
    expect(ringFault(ring)).toBeNull();
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(250); // ms of the processor, whoever else wants it
  });
});

test("simplifying keeps the ends and strays no farther than its tolerance", () => {
  expect(simplified([0, 0, 10, 1, 20, 0, 30, 40], 2)).toEqual([0, 0, 20, 0, 30, 40]);
});

test("a small loop of the hand is cut off, a figure of eight is left to the person", () => {
  const loop = [0, 0, 800, 0, 1600, 0, 1600, 1600, 800, 1600, 700, 1700, 900, 1700, 780, 1540, 0, 1600];
  expect(firstCrossing(loop)).not.toBeNull();
  expect(ringFault(untangled(loop))).toBeNull();
  expect(Math.abs(areaPx(untangled(loop)) - 10_000)).toBeLessThan(100);
  const eight = [0, 0, 1600, 1600, 1600, 0, 0, 1650];
  expect(untangled(eight)).toEqual(eight);
  expect(ringFault(eight)).toContain("crosses");
});

test("whatever is scribbled, untangling ends and never makes a crossing outline pass", () => {
  const point = fc.tuple(fc.integer({ min: 0, max: 3200 }), fc.integer({ min: 0, max: 3200 }));
  fc.assert(
    fc.property(fc.array(point, { minLength: 3, maxLength: 40 }), (points) => {
      const ring = untangled(points.flat());
      expect(ringFault(ring) === null && firstCrossing(ring) !== null).toBe(false);
    }),
  );
});
