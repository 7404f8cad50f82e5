import { expect, test } from "vitest";
import { inLight, type Pixels } from "../../src/model/light";
import { coloured, picture } from "./pictures";

const ramp = picture(16, (x, y) => 16 * y + x); // every value once

/** The picture's three planes of linear light. */
function planes(pixels: Pixels): Float32Array[] {
  const seen: Float32Array[] = [];
  inLight(pixels, (plane) => {
    seen.push(plane);
    return plane;
  });
  return seen;
}

test("a picture that is left as it is comes back value for value", () => {
  expect(inLight(ramp, (plane) => plane)).toEqual(ramp);
});

test.each([
  [0, 0],
  [10, 10 / 255 / 12.92], // the straight part ends before 11
  [11, ((11 / 255 + 0.055) / 1.055) ** 2.4],
  [128, 0.2158605],
  [188, 0.5028865],
  [255, 1],
])("the value %i is the light %f", (value, light) => {
  expect(planes(ramp)[0]?.[value]).toBeCloseTo(light, 6);
});

test("black and white mixed in equal parts are the grey 188, as a lens mixes them", () => {
  const halves = picture(2, (x) => 255 * x);
  const mixed = inLight(halves, (plane) => plane.map(() => plane.reduce((sum, light) => sum + light, 0) / 4));
  expect([...mixed.data]).toEqual([
    188, 188, 188, 255, 188, 188, 188, 255, 188, 188, 188, 255, 188, 188, 188, 255,
  ]);
});

test("each colour is a plane of its own, row by row", () => {
  const dot = coloured(2, (x, y) => (x === 1 && y === 0 ? [255, 0, 0] : [0, 0, 255]));
  expect(planes(dot).map((plane) => [...plane])).toEqual([
    [0, 1, 0, 0],
    [0, 0, 0, 0],
    [1, 0, 1, 1],
  ]);
});

test("light beyond white is white and less than none is black", () => {
  const out = inLight(
    picture(1, () => 100),
    () => Float32Array.of(1.5),
  );
  expect([...out.data]).toEqual([255, 255, 255, 255]);
  const dark = inLight(
    picture(1, () => 100),
    () => Float32Array.of(-0.5),
  );
  expect([...dark.data]).toEqual([0, 0, 0, 255]);
});

test("what comes back is opaque, and the picture given stays as it was", () => {
  const glass = { width: 1, height: 1, data: Uint8ClampedArray.of(100, 100, 100, 7) };
  expect(inLight(glass, (plane) => plane.fill(1)).data[3]).toBe(255);
  expect([...glass.data]).toEqual([100, 100, 100, 7]);
});
