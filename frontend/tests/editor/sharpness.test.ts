import { beforeEach, expect, test, vi } from "vitest";
import type { Photo } from "../../src/editor/photo";
import { cropped, NO_EVIDENCE } from "../../src/model/sharpness";
import { photoOf } from "./bench";
import type { Picture } from "./canvas";
import { useCanvas } from "./screen";
import { useWorkers } from "./workers";

let measure: typeof import("../../src/editor/sharpness").measure;
let flood: typeof import("../../src/editor/sharpness").flood;

beforeEach(async () => {
  useCanvas();
  useWorkers();
  vi.resetModules();
  ({ measure, flood } = await import("../../src/editor/sharpness"));
});

const noise = (x: number, y: number) => 40 + ((31 * x * x + 17 * y * y + 7 * x * y) % 181);

/** Waves that are the shorter the farther right and down. */
const waves = (x: number, y: number) =>
  128 + 60 * Math.sin((x - 40) ** 2 / 80) + 50 * Math.sin((y - 20) ** 2 / 80);

/** A grey photo of 160 x 96 with a patch in which every pixel is another. */
function patched(left: number, top: number, right: number, bottom: number, valueAt = noise): Photo {
  const photo = photoOf(160, 96, "#808080");
  const { data } = photo.bitmaps[0] as unknown as Picture;
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      data.fill(valueAt(x, y), 4 * (160 * y + x), 4 * (160 * y + x) + 3);
    }
  return photo;
}

const WHOLE = { x: 0, y: 0, width: 160, height: 96 };

test("what is sharp reads as sharp, and where the photo is even nothing is told", async () => {
  const map = await measure(patched(40, 20, 100, 70), WHOLE);
  expect([map.cell, map.columns, map.rows]).toEqual([4, 40, 24]);
  expect([map.values[11 * 40 + 17], map.values[2], map.values[23 * 40 + 39]]).toEqual([
    255,
    NO_EVIDENCE,
    NO_EVIDENCE,
  ]);
});

test("a part of the photo reads as it does in the whole, on the same cells", async () => {
  const photo = patched(40, 20, 100, 70, waves);
  const whole = await measure(photo, WHOLE);
  expect(new Set(whole.values).size).toBeGreaterThan(20); // all shades between
  const part = await measure(photo, { x: 30, y: 17, width: 41, height: 30 });
  expect(part).toEqual(cropped(whole, 7, 4, 11, 8)); // from the cell it begins in to the one it ends in
  const corner = await measure(photo, { x: 150, y: 90, width: 100, height: 100 });
  expect([corner.x, corner.y, corner.columns, corner.rows]).toEqual([148, 88, 3, 2]); // no farther than the photo
});

test("the wand takes what is as sharp as its place and hangs together with it", async () => {
  const [ring, ...others] = (await flood(patched(40, 20, 100, 70), 70, 45, 48)) ?? [];
  expect(others).toEqual([]);
  const [xs, ys] = [0, 1].map((axis) =>
    (ring ?? []).filter((_, i) => i % 2 === axis).map((value) => value / 16),
  ) as [number[], number[]];
  const bounds = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  expect(bounds.map((value, i) => Math.abs(value - ([40, 20, 100, 70][i] as number)) <= 8)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test("where the photo tells nothing the wand takes nothing", async () => {
  expect(await flood(patched(40, 20, 100, 70), 5, 90, 48)).toBe(null);
});

test("another photo is measured for itself, and each keeps its bitmap", async () => {
  const [one, other] = [patched(0, 0, 160, 96), photoOf(160, 96, "#808080")];
  const sharp = async (photo: Photo) => (await measure(photo, WHOLE)).values.some((value) => value > 0);
  expect([await sharp(one), await sharp(other), await flood(other, 80, 48, 48), await sharp(one)]).toEqual([
    true,
    false,
    null,
    true,
  ]);
  expect(one.bitmaps.map(({ width }) => width)).toEqual([160]);
});
