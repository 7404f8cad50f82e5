import fc from "fast-check";
import { expect, test } from "vitest";
import { direction } from "../../src/model/direction";
import { coloured, picture } from "./pictures";

/** Waves whose lines run this way, in radians clockwise from the right. */
const lines = (angle: number, contrast = 80) =>
  picture(48, (x, y) => 128 + contrast * Math.sin(0.6 * (y * Math.cos(angle) - x * Math.sin(angle))));

test("level lines run at 0, upright ones at a quarter turn", () => {
  expect(direction(picture(24, (_, y) => (y % 6 < 3 ? 40 : 200)))).toBe(0);
  expect(direction(picture(24, (x) => (x % 6 < 3 ? 40 : 200)))).toBe(Math.PI / 2);
});

test("down to the right is an eighth of a turn, up to the right three", () => {
  expect(direction(picture(24, (x, y) => ((x - y + 24) % 8 < 4 ? 40 : 200)))).toBeCloseTo(Math.PI / 4, 6);
  expect(direction(picture(24, (x, y) => ((x + y) % 8 < 4 ? 40 : 200)))).toBeCloseTo((3 * Math.PI) / 4, 6);
});

test("any direction is told to a twentieth of a radian, from 0 to a half turn", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.06, max: 3.08, noNaN: true }), (angle) => {
      const found = direction(lines(angle)) ?? Number.NaN;
      expect(Math.abs(found - angle)).toBeLessThan(0.05);
    }),
    { numRuns: 40 },
  );
});

test("grain, a corner and a flat place have no direction", () => {
  expect(direction(picture(48, (x, y) => (x * 7919 + y * 104729 + x * y * 31) % 256))).toBeNull();
  expect(direction(picture(48, (x, y) => (x < 24 && y < 24 ? 20 : 220)))).toBeNull();
  expect(direction(picture(48, () => 128))).toBeNull();
});

test("a slope of a grey level a pixel is nothing to see, one of two is", () => {
  expect(direction(picture(48, (x) => x))).toBeNull();
  expect(direction(picture(48, (x) => 2 * x))).toBe(Math.PI / 2);
});

test("lines of a colour as bright as its ground are not seen, as luma goes", () => {
  const reddish = [255, 0, 0];
  const greenish = [0, 130, 0]; // 0.299 x 255 = 76.2 = 0.587 x 130
  const stripes = (a: number[], b: number[]) => coloured(48, (x) => (x % 6 < 3 ? a : b));
  expect(direction(stripes(reddish, greenish))).toBeNull();
  expect(direction(stripes(reddish, [0, 0, 0]))).toBe(Math.PI / 2);
});

test("a picture of a pixel or two has no direction", () => {
  for (const side of [1, 2]) expect(direction(picture(side, (x) => 255 * x))).toBeNull();
});
