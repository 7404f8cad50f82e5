/** Gaussian blur of a crop with an exact kernel, in linear light as a lens does it. */

/** Weights of offsets -r .. r with r = ceil(4 sigma); they sum to 1. */
export function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.ceil(4 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    sigma > 0 ? Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)) : 1,
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** An opaque RGBA picture, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** The picture blurred by sigma pixels; edges are repeated outwards. */
export function blurred(picture: Pixels, sigma: number): Pixels {
  if (sigma === 0) return picture;
  const { width, height } = picture;
  const kernel = gaussianKernel(sigma);
  const data = new Uint8ClampedArray(picture.data.length).fill(255);
  for (let channel = 0; channel < 3; channel++) {
    const plane = Float32Array.from(
      { length: width * height },
      (_, i) => LINEAR[picture.data[4 * i + channel] as number] as number,
    );
    const rows = convolved(plane, width, height, 1, width, kernel);
    const both = convolved(rows, height, width, width, 1, kernel);
    for (let i = 0; i < both.length; i++) data[4 * i + channel] = encoded(both[i] as number);
  }
  return { width, height, data };
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

function encoded(linear: number): number {
  return 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
}
