import { beforeEach, expect, test } from "vitest";
import { SampleMaker } from "../../src/editor/samplemaker";
import { stockTexture } from "../../src/model/anchor";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";
import { running, useWorkers } from "./workers";

const [SIDE, MARGIN] = [16, 12];
let maker: SampleMaker;

beforeEach(() => {
  useCanvas();
  useWorkers();
  maker = new SampleMaker(SIDE, MARGIN);
});

/** A grey picture with a texture from (left, top) on. */
function textured(width: number, height: number, left: number, top: number, side: number): Picture {
  const picture = new Picture(width, height).fill("#808080");
  const { data } = stockTexture(side, 7);
  for (let y = 0; y < side; y++)
    picture.data.set(data.subarray(4 * y * side, 4 * (y + 1) * side), 4 * ((top + y) * width + left));
  return picture;
}

const bitmap = (picture: Picture) => picture as unknown as ImageBitmap;

/** The tiles' pixels of the first colour. */
async function reds(...asked: Parameters<SampleMaker["tiles"]>): Promise<number[][]> {
  const tiles = (await maker.tiles(...asked)) as unknown as Picture[];
  return tiles.map(({ data }) => [...data].filter((_, i) => i % 4 === 0));
}

const contrast = (values: readonly number[] = []) => Math.max(...values) - Math.min(...values);

test("a stock texture is the same for a seed, and its sharp tile is its middle", async () => {
  expect(await maker.use({ is: "texture", seed: 8 })).toEqual({ isStock: true });
  const whole = stockTexture(SIDE + 2 * MARGIN, 8);
  const middle = Array.from({ length: SIDE ** 2 }, (_, i) => {
    const [x, y] = [MARGIN + (i % SIDE), MARGIN + Math.floor(i / SIDE)];
    return whole.data[4 * (y * whole.width + x)];
  });
  const [tile] = await reds("gauss", [0]);
  expect(tile).toEqual(middle);
  await maker.use({ is: "texture", seed: 9 });
  expect((await reds("gauss", [0]))[0]).not.toEqual(middle);
});

test("more blur is less contrast, with every kind of spread; there is a tile for each sigma", async () => {
  await maker.use({ is: "texture", seed: 8 });
  for (const spread of ["gauss", "disc", "motion"] as const) {
    const contrasts = (await reds(spread, [0, 1, 3])).map(contrast);
    expect(contrasts.length).toBe(3);
    expect(contrasts).toEqual(contrasts.toSorted((a, b) => b - a));
    expect(new Set(contrasts).size).toBe(3);
  }
});

test("a motion runs along its angle", async () => {
  await maker.use({ is: "picture", bitmap: bitmap(striped(40)) });
  const [along, across] = [(await reds("motion", [2], Math.PI / 2))[0], (await reds("motion", [2], 0))[0]];
  expect(contrast(along)).toBe(255); // stripes from top to bottom stay as they are
  expect(contrast(across)).toBeLessThan(255);
});

/** Stripes from top to bottom, four pixels wide. */
function striped(side: number): Picture {
  const rows = Array.from({ length: side }, () => "aaaabbbb".repeat(side / 8));
  return Picture.of(rows, { a: "#000000", b: "#ffffff" });
}

test("of a picture its middle is taken, and the picture itself is handed over", async () => {
  const picture = Picture.of(
    Array.from({ length: 20 }, (_, y) => (y < 2 || y > 17 ? "b".repeat(20) : `bb${"a".repeat(16)}bb`)),
    { a: "#000000", b: "#ffffff" },
  );
  expect(await maker.use({ is: "picture", bitmap: bitmap(picture) })).toEqual({ isStock: false });
  expect(contrast((await reds("gauss", [0]))[0])).toBe(0);
  const [soft] = await reds("gauss", [2]);
  expect((soft?.[0] ?? 0) > (soft?.[8 * SIDE + 8] ?? 0)).toBe(true); // light comes in from around the tile
  expect(picture.isClosed).toBe(true);
});

test("of a photo its sharpest place is taken", async () => {
  const photo = textured(96, 64, 40, 24, 24);
  const { data } = photo;
  expect(await maker.use({ is: "photo", bitmap: bitmap(photo) })).toEqual({ isStock: false });
  const [tile] = await reds("gauss", [0]);
  expect(contrast(tile)).toBeGreaterThan(60);
  expect(data.length).toBe(4 * 96 * 64);
});

test("where nothing in a photo is sharp, or it is smaller than a tile, a stock texture stands for it", async () => {
  const flat = new Picture(96, 64).fill("#808080");
  expect(await maker.use({ is: "photo", bitmap: bitmap(flat) })).toEqual({ isStock: true });
  expect(contrast((await reds("gauss", [0]))[0])).toBeGreaterThan(60);
  const small = textured(12, 12, 0, 0, 12);
  expect(await maker.use({ is: "photo", bitmap: bitmap(small) })).toEqual({ isStock: true });
});

test("what is asked while other samples are made is answered in turn", async () => {
  const answers = [
    maker.use({ is: "texture", seed: 8 }),
    maker.tiles("gauss", [0, 1]),
    maker.use({ is: "picture", bitmap: bitmap(striped(40)) }),
    maker.tiles("disc", [2]),
  ];
  const found = await Promise.all<unknown>(answers);
  expect(found.map((answer) => (Array.isArray(answer) ? answer.length : answer))).toEqual([
    { isStock: true },
    2,
    { isStock: false },
    1,
  ]);
});

test("when the worker fails all who wait are told, and a maker that is stopped leaves none behind", async () => {
  const answers = [maker.tiles("gauss", [1]), maker.tiles("gauss", [2])];
  for (const worker of running) worker.onerror();
  for (const answer of answers) await expect(answer).rejects.toThrow("The samples could not be made.");
  maker.stop();
  expect(running.size).toBe(0);
});
