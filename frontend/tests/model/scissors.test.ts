import fc from "fast-check";
import { expect, test } from "vitest";
import { cheapestWays, edgeCosts, wayTo } from "../../src/model/scissors";

const SIDE = 120;
const MIDDLE = 60;
const RADIUS = 40;

/** A bright disc on a dark ground, with a texture too faint to lead anyone. */
function disc(): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const isIn = Math.hypot((i % SIDE) - MIDDLE, Math.floor(i / SIDE) - MIDDLE) < RADIUS;
    rgba.fill((isIn ? 200 : 60) + ((i * 7919) % 5), 4 * i, 4 * i + 3);
  }
  return rgba;
}

const sample = (angle: number) =>
  Math.round(MIDDLE + RADIUS * Math.sin(angle)) * SIDE + Math.round(MIDDLE + RADIUS * Math.cos(angle));

test("between two places on a disc's rim the way runs along the rim, not across", () => {
  const costs = edgeCosts(disc(), SIDE, SIDE);
  const way = wayTo(cheapestWays(costs, SIDE, SIDE, sample(0)), sample(2.2));
  expect([way[0], way.at(-1)]).toEqual([sample(0), sample(2.2)]);
  const offRim = way.map((i) =>
    Math.abs(Math.hypot((i % SIDE) - MIDDLE, Math.floor(i / SIDE) - MIDDLE) - RADIUS),
  );
  expect(Math.max(...offRim)).toBeLessThan(2);
});

test("where nothing is an edge the way is straight, and every sample can be reached", () => {
  const costs = edgeCosts(new Uint8ClampedArray(SIDE * SIDE * 4), SIDE, SIDE);
  const ways = cheapestWays(costs, SIDE, SIDE, 10 * SIDE + 10);
  expect(ways.every((before) => before >= 0)).toBe(true);
  expect(wayTo(ways, 10 * SIDE + 100).length).toBe(91);
});

/** A grey picture row by row. */
function grey(...rows: number[][]): [Uint8ClampedArray, number, number] {
  return [
    Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255])),
    rows[0]?.length ?? 0,
    rows.length,
  ];
}

test("a flat picture costs 64 everywhere, a step of brightness 1 on both sides of it", () => {
  expect([...edgeCosts(...grey(...Array(4).fill([90, 90, 90, 90])))]).toEqual(Array(16).fill(64));
  const step = edgeCosts(...grey(...Array(4).fill([0, 0, 0, 200, 200, 200])));
  expect([...step.slice(6, 12)]).toEqual([64, 64, 1, 1, 64, 64]);
  expect([...step.slice(0, 6)]).toEqual(Array(6).fill(64)); // the picture's border has no slope
});

test("a slope costs less the steeper it is, by the square of what it lacks", () => {
  // Sobel gives 8 x 40 = 320 at the small step and 8 x 80 = 640, a pixel's own half each, at the large one.
  const costs = edgeCosts(...grey(...Array(3).fill([0, 0, 40, 40, 40, 40, 120, 120, 120])));
  expect([...costs.slice(9, 18)]).toEqual([64, 17, 17, 64, 64, 1, 1, 64, 64]); // 1 + 63 x .5 squared
});

test("the faintest edges count for little, however flat the rest is", () => {
  // A step of 1 gives Sobel 4: (1 - 4/24) squared of 63, and the 1 that all cost.
  const costs = edgeCosts(...grey(...Array(3).fill([50, 50, 51, 51])));
  expect([...costs.slice(4, 8)]).toEqual([64, 45, 45, 64]);
});

test("the way to where it starts is that place alone", () => {
  const ways = cheapestWays(new Uint8Array(9).fill(1), 3, 3, 4);
  expect([ways[4], wayTo(ways, 4)]).toEqual([4, [4]]);
});

test("a step aslant costs 7 and one along 5, each times the sample stepped onto", () => {
  const even = cheapestWays(new Uint8Array(9).fill(1), 3, 3, 0);
  expect(wayTo(even, 8)).toEqual([0, 4, 8]); // 14 against 20 along the border
  const dear = cheapestWays(Uint8Array.of(1, 1, 1, 1, 2, 1, 1, 1, 1), 3, 3, 0);
  expect([wayTo(dear, 8).length, wayTo(dear, 8).includes(4)]).toEqual([4, false]); // 5 + 7 + 5 against 14 + 7
});

test("the way turns around a wall through its gap", () => {
  const rows = [
    [1, 1, 64, 1, 1],
    [1, 1, 64, 1, 1],
    [1, 1, 64, 1, 1],
    [1, 1, 1, 1, 1],
  ];
  const ways = cheapestWays(Uint8Array.from(rows.flat()), 5, 4, 0);
  expect(wayTo(ways, 4).includes(17)).toBe(true);
});

test("no way leads out of one side of the picture into the other", () => {
  const ways = cheapestWays(new Uint8Array(12).fill(1), 4, 3, 3);
  const steps = wayTo(ways, 4);
  expect(steps.slice(1).every((i, n) => Math.abs((i % 4) - ((steps[n] as number) % 4)) <= 1)).toBe(true);
});

/** What a way costs: each sample but the first, by the length of the step onto it. */
function costOf(way: number[], costs: Uint8Array, width: number): number {
  return way.slice(1).reduce((sum, i, n) => {
    const from = way[n] as number;
    const isStraight = i % width === from % width || Math.floor(i / width) === Math.floor(from / width);
    return sum + (costs[i] as number) * (isStraight ? 5 : 7);
  }, 0);
}

test("no way is cheaper than the one that is found", () => {
  const [width, height] = [6, 5];
  const pictures = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(pictures, fc.nat(29), (values, start) => {
      const costs = Uint8Array.from(values);
      const ways = cheapestWays(costs, width, height, start);
      const found = values.map((_, i) => costOf(wayTo(ways, i), costs, width));
      for (let i = 0; i < 30; i++) {
        for (const [dx, dy] of [
          [1, 0],
          [0, 1],
          [1, 1],
          [-1, 1],
        ] as const) {
          const [x, y] = [(i % width) + dx, Math.floor(i / width) + dy];
          if (x < 0 || x >= width || y >= height) continue;
          const [j, length] = [y * width + x, dx === 0 || dy === 0 ? 5 : 7];
          // a step more from either end never undercuts what was found for the other
          expect((found[j] as number) <= (found[i] as number) + length * (costs[j] as number)).toBe(true);
          expect((found[i] as number) <= (found[j] as number) + length * (costs[i] as number)).toBe(true);
        }
      }
    }),
  );
});
