import { expect, test } from "vitest";
import { disc, stamp } from "../../src/editor/pointcloud";
import { LEFT_OUT, unpacked } from "../../src/model/atlas";
import { packed } from "../model/points";

const WHITE = 0xffffffff;
const RED = 0xff0000ff;
const FAINT = 0xffeeeeee;
const colours = new Uint32Array(256);
colours[0] = RED;
colours[LEFT_OUT] = FAINT;

function pictureOf(points: Parameters<typeof packed>[0], radius: number): (x: number, y: number) => number {
  const [width, height] = [20, 10];
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const picture = { width, height, data } as unknown as ImageData;
  stamp(picture, unpacked(packed(points)), { scale: 0.1, x: 0, y: 0 }, colours, disc(radius, true));
  const pixels = new Uint32Array(data.buffer);
  return (x, y) => pixels[y * width + x] as number;
}

test("a point is a disc of its colour with soft edges", () => {
  const at = pictureOf([[1, 100, 50, 0]], 1.2);
  expect([at(10, 5), at(13, 5), at(10, 2)]).toEqual([RED, WHITE, WHITE]);
  const [red, green, blue] = [at(11, 4) & 0xff, (at(11, 4) >> 8) & 0xff, (at(11, 4) >> 16) & 0xff];
  expect(red).toBe(255);
  expect(green).toBe(blue);
  expect(green).toBeGreaterThan(0);
  expect(green).toBeLessThan(255);
});

test("what the filters leave out lies below, whatever comes first", () => {
  const at = pictureOf(
    [
      [1, 100, 50, 0],
      [2, 100, 50, LEFT_OUT],
      [3, 150, 50, LEFT_OUT],
    ],
    1,
  );
  expect([at(10, 5), at(15, 5)]).toEqual([RED, FAINT]);
});

test("points at the edge are cut off, and those beyond it are nowhere", () => {
  const at = pictureOf(
    [
      [1, 0, 0, 0],
      [2, 199, 99, 0],
      [3, 9_000, 9_000, 0],
    ],
    2,
  );
  const count = Array.from({ length: 200 }, (_, i) => at(i % 20, Math.floor(i / 20))).filter(
    (c) => c !== WHITE,
  );
  expect([at(0, 0), at(1, 0), count.length]).toEqual([RED, RED, 8 + 3]);
});

test("hard edges have no colour between", () => {
  expect(new Set(disc(2.4, false).cover)).toEqual(new Set([256]));
  expect(disc(1.2, false).dx.length).toBe(5);
});
