import { expect, test } from "vitest";
import { blurred, gaussianKernel } from "../../src/model/gaussian";
import { picture, red } from "./pictures";

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

test("a point of light becomes the kernel both ways, in linear light", () => {
  const point = blurred(
    picture(21, (x, y) => (x === 10 && y === 10 ? 255 : 0)),
    0.8,
  );
  const encoded = (light: number) => Math.round(255 * (1.055 * light ** (1 / 2.4) - 0.055));
  const [middle, beside] = [0.498674598539, 0.228309867879];
  expect([red(point, 10, 10), red(point, 11, 10), red(point, 10, 9), red(point, 11, 11)]).toEqual(
    [middle ** 2, middle * beside, middle * beside, beside ** 2].map(encoded),
  );
});

test("the picture's edge is repeated outwards: a half that reaches it stays as bright there", () => {
  const halves = blurred(
    picture(40, (x) => (x < 20 ? 200 : 40)),
    3,
  );
  expect([red(halves, 0, 0), red(halves, 0, 39), red(halves, 39, 0)]).toEqual([200, 200, 40]);
});
