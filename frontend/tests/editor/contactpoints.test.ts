import { expect, test } from "vitest";
import { PICTURE, pictured } from "../../src/editor/contactpoints";
import type { View } from "../../src/editor/viewport";
import { LEFT_OUT, type Points, unpacked } from "../../src/model/atlas";
import { packed } from "../model/points";

const CANVAS = { width: 1_000, height: 700 };
let seed = 3;
const next = () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
};
const scattered = unpacked(
  packed(
    Array.from({ length: 2_000 }, (_, i) => [
      i + 1,
      Math.floor(10_000 * next()),
      Math.floor(10_000 * next()),
      i % 10 === 0 ? LEFT_OUT : 0,
    ]),
  ),
);

const screen = ({ x, y }: Points, view: View, i: number) => [
  (x[i] as number) * view.scale + view.x,
  (y[i] as number) * view.scale + view.y,
];

test("pictures fill the view, cover one another nowhere, and are of points that the filters keep", () => {
  const view = { scale: 0.4, x: -1_500, y: -1_200 };
  const shown = pictured(scattered, view, CANVAS);
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.some((i) => scattered.codes[i] === LEFT_OUT)).toBe(false);
  const places = shown.map((i) => screen(scattered, view, i) as [number, number]);
  for (const [n, [x, y]] of places.entries()) {
    expect(x >= 0 && x <= CANVAS.width && y >= 0 && y <= CANVAS.height).toBe(true);
    for (const [a, b] of places.slice(n + 1))
      expect(Math.abs(a - x) >= PICTURE.width || Math.abs(b - y) >= PICTURE.height).toBe(true);
  }
});

test("most pictures stay while one moves about", () => {
  const before = new Set(pictured(scattered, { scale: 0.4, x: -1_500, y: -1_200 }, CANVAS));
  const after = pictured(scattered, { scale: 0.4, x: -1_530, y: -1_190 }, CANVAS);
  expect(after.filter((i) => before.has(i)).length).toBeGreaterThan(0.8 * after.length);
});
