import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fitted,
  imagePoint,
  kept,
  scaledAt,
  screenPoint,
  toGrid,
  toImage,
  toScreen,
} from "../../src/editor/viewport";

const number = fc.double({ min: -3000, max: 3000, noNaN: true });
const views = fc.record({ scale: fc.double({ min: 0.02, max: 32, noNaN: true }), x: number, y: number });

test("there and back is the same place", () => {
  fc.assert(
    fc.property(views, number, number, (view, x, y) => {
      const back = toImage(view, toScreen(view, imagePoint(x, y)));
      expect(Math.abs(back.x - x) + Math.abs(back.y - y)).toBeLessThan(1e-6);
    }),
  );
});

test("zooming leaves what is under the pointer where it is", () => {
  fc.assert(
    fc.property(
      views,
      number,
      number,
      fc.double({ min: 0.02, max: 32, noNaN: true }),
      (view, x, y, scale) => {
        const at = screenPoint(x, y);
        const under = toImage(view, at);
        const after = toScreen(scaledAt(view, at, scale), under);
        expect(Math.hypot(after.x - x, after.y - y)).toBeLessThan(
          1e-5 * (1 + Math.hypot(under.x, under.y) * scale),
        );
      },
    ),
  );
});

test("a fitted photo is whole, centred, and not enlarged", () => {
  const view = fitted({ width: 6000, height: 4000 }, { width: 1072, height: 820 }, 1, 24);
  expect(view.x * 2 + 6000 * view.scale).toBeCloseTo(1072);
  expect(view.y * 2 + 4000 * view.scale).toBeCloseTo(820);
  expect(view.x).toBeGreaterThanOrEqual(24);
  expect(fitted({ width: 100, height: 100 }, { width: 1000, height: 800 }, 2, 24).scale).toBe(0.5);
});

test("the photo cannot be lost out of sight", () => {
  fc.assert(
    fc.property(views, (view) => {
      const { x, y, scale } = kept(view, { width: 600, height: 400 }, { width: 1000, height: 700 });
      expect(x + 600 * scale).toBeGreaterThanOrEqual(79.999);
      expect(x).toBeLessThanOrEqual(920.001);
      expect(y + 400 * scale).toBeGreaterThanOrEqual(79.999);
      expect(y).toBeLessThanOrEqual(620.001);
    }),
  );
});

test("places are kept on the grid of 1/16 px", () => {
  expect(toGrid(imagePoint(1.5, 2.03))).toEqual([24, 32]);
});
