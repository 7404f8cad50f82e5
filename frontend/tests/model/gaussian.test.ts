import { expect, test } from "vitest";
import { isSharp, sharpestSpot, stockTexture } from "../../src/model/anchor";
import { blurred, gaussianKernel } from "../../src/model/gaussian";
import type { Pixels } from "../../src/model/light";

/** scipy.ndimage's weights of order 0 from the centre outwards, truncated at the same radius. */
test.each([
  [0.8, 9, [0.498674598539, 0.228309867879, 0.021910232736, 0.000440741729]],
  [1.8, 17, [0.221634986639, 0.189940494583, 0.11955157566, 0.055265173461]],
  [3.4, 29, [0.117338157885, 0.112371169929, 0.098696513717, 0.079502355331]],
])("the kernel of sigma %f is scipy's", (sigma, count, weights) => {
  const kernel = gaussianKernel(sigma);
  expect(kernel.length).toBe(count);
  for (const [i, weight] of weights.entries()) expect(kernel[(count >> 1) + i]).toBeCloseTo(weight, 10);
  expect(kernel.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
});

function picture(side: number, value: (x: number, y: number) => number): Pixels {
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) data.fill(value(x, y), 4 * (y * side + x), 4 * (y * side + x) + 3);
  return { width: side, height: side, data };
}

test("a flat picture stays as it is, and sigma 0 changes nothing", () => {
  const flat = picture(20, () => 77);
  expect(blurred(flat, 3).data).toEqual(flat.data);
  expect(blurred(flat, 0)).toBe(flat);
});

test("blurring twice is blurring once by the root of the summed variances", () => {
  const edge = picture(96, (x) => (x >= 48 ? 220 : 30)); // flat at its borders
  const twice = blurred(blurred(edge, 3), 4);
  const once = blurred(edge, 5);
  const worst = Math.max(...Array.from(once.data, (value, i) => Math.abs(value - (twice.data[i] as number))));
  expect(worst).toBeLessThanOrEqual(2);
});

test("the sharpest place is where the fine detail is", () => {
  const corner = picture(200, (x, y) => (x > 120 && y > 120 && (x + y) % 4 < 2 ? 220 : 100));
  const spot = sharpestSpot(corner, 40);
  expect(spot.x).toBeGreaterThanOrEqual(100);
  expect(spot.y).toBeGreaterThanOrEqual(100);
});

test("sharp edges count as sharp, the same edges blurred do not, nor does a flat area", () => {
  const edges = picture(112, (x, y) => (((x >> 4) + (y >> 4)) % 2 === 0 ? 40 : 210));
  expect(isSharp(edges)).toBe(true);
  expect(isSharp(blurred(edges, 1.5))).toBe(false);
  expect(isSharp(picture(112, () => 128))).toBe(false);
});

test("the stock texture is sharp and the same each time", () => {
  expect(isSharp(stockTexture(112))).toBe(true);
  expect(stockTexture(112).data).toEqual(stockTexture(112).data);
});
