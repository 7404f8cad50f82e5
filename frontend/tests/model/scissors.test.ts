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
