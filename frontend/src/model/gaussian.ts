/** Gaussian blur of a crop with an exact kernel, in linear light as a lens does it. */
import { inLight, type Pixels } from "./light";

/** Weights of offsets -r .. r with r = ceil(4 sigma); they sum to 1. */
export function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.ceil(4 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    sigma > 0 ? Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)) : 1,
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The picture blurred by sigma pixels; edges are repeated outwards. */
export function blurred(picture: Pixels, sigma: number): Pixels {
  if (sigma === 0) return picture;
  const { width, height } = picture;
  const kernel = gaussianKernel(sigma);
  return inLight(picture, (plane) => {
    const rows = convolved(plane, width, height, 1, width, kernel);
    return convolved(rows, height, width, width, 1, kernel);
  });
}

/** Convolve `lines` lines of `count` samples; neighbours in a line lie `step` apart, lines `stride`. */
function convolved(
  plane: Float32Array,
  count: number,
  lines: number,
  step: number,
  stride: number,
  kernel: Float64Array,
): Float32Array {
  const radius = kernel.length >> 1;
  const out = new Float32Array(plane.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const j = Math.min(Math.max(i + k, 0), count - 1);
        sum += (kernel[k + radius] as number) * (plane[line * stride + j * step] as number);
      }
      out[line * stride + i * step] = sum;
    }
  }
  return out;
}
