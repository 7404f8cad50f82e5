import { beforeEach, expect, test } from "vitest";
import { bitmapFor, closePhoto, decodePhoto, type Photo } from "../../src/editor/photo";
import { photoOf } from "./bench";
import { Picture } from "./canvas";
import { fileOf, useCanvas } from "./screen";
import { running, useWorkers } from "./workers";

const COLOURS = { a: "#0000aa", b: "#0000bb", c: "#0000cc", d: "#0000dd", e: "#0000ee", f: "#0000ff" };
const LETTERS = Object.fromEntries(Object.entries(COLOURS).map(([letter, colour]) => [colour, letter]));

beforeEach(() => {
  useCanvas();
  useWorkers();
});

const pictures = ({ bitmaps }: Photo) => bitmaps as unknown as Picture[];

test("a photo is shown as it is stored", async () => {
  const photo = await decodePhoto(fileOf(Picture.of(["abc", "def"], COLOURS)));
  expect(pictures(photo)[0]?.rows(LETTERS)).toEqual(["abc", "def"]);
  expect([photo.width, photo.height]).toEqual([3, 2]);
});

test("a large photo is halved until it is as small as a screen; a small one is as it is", async () => {
  const sizes = async (width: number, height: number) => {
    const photo = await decodePhoto(fileOf(new Picture(width, height).fill("#00ff00")));
    return photo.bitmaps.map((bitmap) => [bitmap.width, bitmap.height]);
  };
  expect(await sizes(1101, 1)).toEqual([
    [1101, 1],
    [551, 1],
    [276, 1],
  ]);
  expect(await sizes(512, 20)).toEqual([[512, 20]]);
});

test("bytes that the browser cannot decode are refused in words, and no worker stays behind", async () => {
  await expect(decodePhoto(new Blob(["no picture"]))).rejects.toThrow(
    "This photo cannot be shown: the browser could not decode it.",
  );
  expect(running.size).toBe(0);
});

test("a worker that cannot work is the same to people", async () => {
  const answer = decodePhoto(fileOf(new Picture(2, 2)));
  for (const worker of running) worker.onerror();
  await expect(answer).rejects.toThrow("This photo cannot be shown");
  expect(running.size).toBe(0);
});

test("a photo that is put away gives the memory of all its bitmaps back", () => {
  const photo = photoOf(64, 32, "#00ff00", 2);
  closePhoto(photo);
  expect(pictures(photo).map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
});

test("the smallest bitmap is taken that still has a pixel for each of the screen, and never more than the photo has", () => {
  const photo = photoOf(64, 32, "#00ff00", 2);
  expect([3, 1, 0.51, 0.5, 0.26, 0.25, 0.01].map((zoom) => bitmapFor(photo, zoom).width)).toEqual([
    64, 64, 64, 32, 32, 16, 16,
  ]);
});

test.each([
  ["one pixel wide", 1, 64],
  ["one pixel high", 64, 1],
])("a photo %s is shown from a bitmap as fine as the screen", (_, width, height) => {
  const photo = photoOf(width, height, "#00ff00", 2);
  const sides = [1, 0.5, 0.25]
    .map((zoom) => bitmapFor(photo, zoom))
    .map((each) => Math.max(each.width, each.height));
  expect(sides).toEqual([64, 32, 16]);
});
