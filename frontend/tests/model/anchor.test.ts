import { expect, test } from "vitest";
import { isSharp, sharpestSpot, stockTexture } from "../../src/model/anchor";
import { blurred } from "../../src/model/gaussian";
import { coloured, picture, red } from "./pictures";

/** A chequered square of 16 px on a grey ground. */
const chequered = (left: number, top: number, dark: number, light: number) =>
  picture(64, (x, y) =>
    x >= left && x < left + 16 && y >= top && y < top + 16 ? ((x + y) % 2 === 0 ? dark : light) : 100,
  );

test("the sharpest place is where the fine detail is, to the pixel where the grid has it", () => {
  const { x, y, energy } = sharpestSpot(chequered(24, 8, 0, 200), 16);
  expect([x, y]).toEqual([24, 8]);
  expect(energy).toBeCloseTo(800 ** 2, 4); // each pixel is 200 off all four around it
});

test("of two places the one with more contrast is chosen, wherever it lies", () => {
  const two = picture(64, (x, y) => {
    const isIn = (x < 16 && y < 16) || (x >= 48 && y >= 48);
    return isIn && (x + y) % 2 === 0 ? (x < 16 ? 150 : 200) : 100;
  });
  expect(sharpestSpot(two, 16)).toMatchObject({ x: 48, y: 48 });
});

test("without any detail it is the middle, and so is it of a photo smaller than the crop", () => {
  const flat = picture(64, () => 0);
  expect(sharpestSpot(flat, 16)).toEqual({ x: 24, y: 24, energy: 0 });
  expect(sharpestSpot(flat, 100)).toEqual({ x: 0, y: 0, energy: 0 });
});

test("a slope is no detail, however steep", () => {
  expect(
    sharpestSpot(
      picture(64, (x, y) => 2 * x + y),
      16,
    ).energy,
  ).toBeCloseTo(0, 9);
});

test("edges count as sharp, the same edges blurred do not, nor does a flat area", () => {
  const edges = picture(112, (x, y) => (((x >> 4) + (y >> 4)) % 2 === 0 ? 40 : 210));
  expect(isSharp(edges)).toBe(true);
  expect(isSharp(blurred(edges, 0.6))).toBe(true); // still sharp as level 0 goes
  expect(isSharp(blurred(edges, 1.5))).toBe(false);
  expect(isSharp(picture(112, () => 128))).toBe(false);
});

test("edges too faint to judge by do not count, however sharp", () => {
  const faint = picture(112, (x, y) => (((x >> 4) + (y >> 4)) % 2 === 0 ? 120 : 130));
  expect(isSharp(faint)).toBe(false);
});

test("a photo whose only edges are of one brightness has no sharp place", () => {
  const stripes = coloured(64, (x) => (x % 16 < 8 ? [255, 0, 0] : [0, 130, 0]));
  expect(isSharp(stripes)).toBe(false);
});

test("the stock texture is sharp and the same each time, and another for another seed", () => {
  const texture = stockTexture(112);
  expect([texture.width, texture.height, texture.data.length]).toEqual([112, 112, 4 * 112 * 112]);
  expect(isSharp(texture)).toBe(true);
  expect(stockTexture(112)).toEqual(texture);
  expect(stockTexture(112, 7)).not.toEqual(texture);
});

test("the stock texture is opaque, warm and neither black nor white anywhere", () => {
  const { data } = stockTexture(48);
  const pixels = Array.from(
    { length: 48 * 48 },
    (_, i) => data.slice(4 * i, 4 * i + 4) as unknown as number[],
  );
  expect(pixels.every((pixel) => pixel[3] === 255)).toBe(true);
  const painted = pixels.filter(([r, g, b]) => !(r === 255 && g === 255 && b === 255));
  expect(painted.length).toBe(pixels.length);
  expect(painted.every(([r, g, b]) => (r as number) >= (g as number) && (g as number) >= (b as number))).toBe(
    true,
  );
  expect(new Set(pixels.map((_, i) => red({ width: 48, height: 48, data }, i % 48, i % 47))).size > 10).toBe(
    true,
  );
});
