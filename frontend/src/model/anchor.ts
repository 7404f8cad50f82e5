/** Where a photo is sharpest: the crop that shows best what a blur of known width does. */
import { blurred } from "./gaussian";
import type { Pixels } from "./light";

const ENOUGH = 60; // mean squared Laplacian of luma below which there is no detail to judge by
const FALL = 3.5; // a blur of 1 px takes this factor of it from an edge of at most 0.8 px, and less from a softer one

export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly energy: number;
}

/** The square of `side` pixels with the strongest fine detail, as its top-left corner, and how strong it is. */
export function sharpestSpot(picture: Pixels, side: number): Spot {
  const { width, height } = picture;
  const step = Math.max(8, side >> 1);
  let best: Spot = { x: Math.max(0, (width - side) >> 1), y: Math.max(0, (height - side) >> 1), energy: 0 };
  for (let y = 0; y + side <= height; y += step) {
    for (let x = 0; x + side <= width; x += step) {
      const energy = detailEnergy(picture, x, y, side, 3);
      if (energy > best.energy) best = { x, y, energy };
    }
  }
  return best;
}

/** Mean squared Laplacian of luma over a square, from every `step`-th pixel. */
function detailEnergy({ width, data }: Pixels, x: number, y: number, side: number, step: number): number {
  const luma = (u: number, v: number) => {
    const i = 4 * (v * width + u);
    return 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
  };
  let sum = 0;
  let count = 0;
  for (let v = y + 1; v < y + side - 1; v += step) {
    for (let u = x + 1; u < x + side - 1; u += step) {
      sum += (4 * luma(u, v) - luma(u - 1, v) - luma(u + 1, v) - luma(u, v - 1) - luma(u, v + 1)) ** 2;
      count += 1;
    }
  }
  return sum / Math.max(1, count);
}

/** Whether a square crop has edges sharp enough to be the sample of level 0: blurring it takes most of its fine detail. */
export function isSharp(crop: Pixels): boolean {
  const side = Math.min(crop.width, crop.height);
  const energy = detailEnergy(crop, 0, 0, side, 1);
  return energy >= ENOUGH && energy >= FALL * detailEnergy(blurred(crop, 1), 0, 0, side, 1);
}

/** A stock texture, where a photo has no sharp place: overlapping discs of all sizes, as natural scenes overlap; the same for a seed. */
export function stockTexture(side: number, seed = 20180618): Pixels {
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  let state = seed;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  for (let disc = 0; disc < 900; disc++) {
    const radius = 1.5 + 40 * random() ** 4;
    const [x, y, value, warmth] = [random() * side, random() * side, 30 + 200 * random(), 30 * random()];
    for (let v = Math.max(0, Math.floor(y - radius)); v < Math.min(side, y + radius); v++) {
      for (let u = Math.max(0, Math.floor(x - radius)); u < Math.min(side, x + radius); u++) {
        if ((u - x) ** 2 + (v - y) ** 2 > radius ** 2) continue;
        const i = 4 * (v * side + u);
        data[i] = value + warmth;
        data[i + 1] = value;
        data[i + 2] = value - warmth;
      }
    }
  }
  return { width: side, height: side, data };
}
