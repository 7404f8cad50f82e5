/** How noisy a photo is, as annotate/core/noise.py reads and explains it. */
import type { Pixels } from "./light";
import type { Size } from "./raster";

const BLOCK = 16;
const MOST_BLOCKS = 64;
const QUIET = 20;
const QUIET_SHARE = 0.72;
const MOST = 144;
const RESPONSE = 36 * (BLOCK - 2) ** 2;

export function lumaOf({ width, height, data }: Pixels): Int32Array {
  const luma = new Int32Array(width * height);
  for (let i = 0, j = 0; i < luma.length; i++, j += 4) {
    luma[i] = (77 * (data[j] as number) + 150 * (data[j + 1] as number) + 29 * (data[j + 2] as number)) >> 8;
  }
  return luma;
}

/** The variance of a photo's noise in grey levels squared; `read` gives rows from `top` to before `bottom`. */
export function noiseOf(read: (top: number, bottom: number) => Pixels, { width, height }: Size): number {
  const energies: number[] = [];
  if (width >= BLOCK)
    for (const top of places(height)) {
      const luma = lumaOf(read(top, top + BLOCK));
      for (const left of places(width)) {
        const energy = energyOf(luma, width, left);
        if (energy !== null) energies.push(energy);
      }
    }
  const quiet = energies.sort((a, b) => a - b)[Math.floor(energies.length / QUIET)];
  return quiet === undefined ? 0 : Math.min(quiet / (RESPONSE * QUIET_SHARE), MOST);
}

/** Where blocks begin along a side of the photo. */
function places(side: number): number[] {
  const count = Math.floor(side / BLOCK);
  const step = Math.max(1, Math.ceil(count / MOST_BLOCKS));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step * BLOCK);
}

/** Summed squared second differences of a block, or null if it is clipped. */
function energyOf(luma: Int32Array, width: number, left: number): number | null {
  for (let y = 0; y < BLOCK; y++)
    for (let x = 0; x < BLOCK; x++) {
      const grey = luma[y * width + left + x] as number;
      if (grey <= 0 || grey >= 255) return null;
    }
  const bent = (i: number) => (luma[i - 1] as number) - 2 * (luma[i] as number) + (luma[i + 1] as number);
  let sum = 0;
  for (let y = 1; y < BLOCK - 1; y++)
    for (let x = 1; x < BLOCK - 1; x++) {
      const i = y * width + left + x;
      sum += (bent(i - width) - 2 * bent(i) + bent(i + width)) ** 2;
    }
  return sum;
}
