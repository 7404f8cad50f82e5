/** Blur that no pair of lines makes: the disc of a defocused lens and the path of a motion, as
 * modelsvc/fusenet/data/synthesis.py makes them for training. Equal sigma means equal standard deviation, as of the Gaussian of a level.
 */
import { inLight, type Pixels } from "./light";

/** A stretch of a kernel's row with one weight: offsets `from` up to but without `to`, in the row `dy` below the middle. */
export interface Run {
  readonly dy: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

const FINE = 16; // rows of a pixel that a disc is cut into
const FEWEST_POINTS = 96;

/** A lens's disc whose light, gathered in pixels, has the standard deviation `sigma` in each axis. */
export function discKernel(sigma: number): Run[] {
  const reach = Math.ceil(2 * sigma) + 1;
  const radius = discRadius(sigma);
  const side = 2 * reach + 1;
  const area = new Float64Array(side * side);
  for (let i = 0; i < side * FINE; i++) {
    const y = (i + 0.5) / FINE - reach - 0.5;
    const chord = Math.sqrt(Math.max(radius ** 2 - y ** 2, 0));
    const within = (x: number) => Math.min(Math.max(x, -chord), chord);
    for (let x = -reach; x <= reach; x++) {
      const place = Math.floor(i / FINE) * side + x + reach;
      area[place] = (area[place] as number) + (within(x + 0.5) - within(x - 0.5));
    }
  }
  const weights = new Map<string, number>();
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const both = (area[y * side + x] as number) + (area[x * side + y] as number);
      add(weights, x - reach, y - reach, both);
    }
  return runsOf(weights);
}

/** The disc's radius: 2 sigma, less what sharing the light among pixels adds; see disc_radius in modelsvc/fusenet/data/kernels.py. */
function discRadius(sigma: number): number {
  let [low, high] = [0.5, 2 * sigma + 1];
  for (let halving = 0; halving < 40; halving++) {
    const radius = (low + high) / 2;
    let variance = 0;
    for (let step = 1; step <= Math.ceil(2 * sigma) + 1; step++) {
      const t = Math.min((step - 0.5) / radius, 1);
      variance += (2 * step - 1) * (1 - (2 * (t * Math.sqrt(1 - t * t) + Math.asin(t))) / Math.PI);
    }
    if (variance < sigma * sigma) low = radius;
    else high = radius;
  }
  return low;
}

/** A straight motion at even speed. A line of length l has the standard deviation l / sqrt(12); sharing its points among
 * pixels adds a variance of 1/6.
 *
 * @param angle of the direction, in radians, clockwise from the right.
 */
export function motionKernel(sigma: number, angle = 0): Run[] {
  const length = motionLength(sigma);
  const count = Math.max(FEWEST_POINTS, Math.ceil(4 * length));
  const weights = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const along = ((i + 0.5) / count - 0.5) * length;
    share(weights, along * Math.cos(angle), along * Math.sin(angle));
  }
  return runsOf(weights);
}

/** Pixels that a motion of this sigma covers during the exposure. */
export function motionLength(sigma: number): number {
  return Math.sqrt(12 * Math.max(sigma * sigma - 1 / 6, 0));
}

/** The picture convolved with a kernel; edges are repeated outwards. */
export function spread(picture: Pixels, kernel: readonly Run[]): Pixels {
  const { width, height } = picture;
  const reach = Math.max(...kernel.map(({ from, to }) => Math.max(-from, to)));
  const stride = width + 2 * reach + 1;
  return inLight(picture, (plane) => {
    const sums = runningSums(plane, width, height, reach);
    const out = new Float32Array(plane.length);
    for (const { dy, from, to, weight } of kernel) {
      for (let y = 0; y < height; y++) {
        const row = Math.min(Math.max(y + dy, 0), height - 1) * stride + reach;
        for (let x = 0; x < width; x++) {
          const sum = (sums[row + x + to] as number) - (sums[row + x + from] as number);
          out[y * width + x] = (out[y * width + x] as number) + weight * sum;
        }
      }
    }
    return out;
  });
}

/** Of each row, with its ends repeated `reach` times, the sums of what lies before each place. */
function runningSums(plane: Float32Array, width: number, height: number, reach: number): Float64Array {
  const stride = width + 2 * reach + 1;
  const sums = new Float64Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i + 1 < stride; i++) {
      const x = Math.min(Math.max(i - reach, 0), width - 1);
      sums[y * stride + i + 1] = (sums[y * stride + i] as number) + (plane[y * width + x] as number);
    }
  }
  return sums;
}

/** A point's light, shared bilinearly among the four pixels around it. */
function share(weights: Map<string, number>, x: number, y: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [x - left, y - top];
  add(weights, left, top, (1 - right) * (1 - bottom));
  add(weights, left + 1, top, right * (1 - bottom));
  add(weights, left, top + 1, (1 - right) * bottom);
  add(weights, left + 1, top + 1, right * bottom);
}

function add(weights: Map<string, number>, x: number, y: number, weight: number): void {
  const place = `${y} ${x}`;
  if (weight > 0) weights.set(place, (weights.get(place) ?? 0) + weight);
}

/** The kernel with its weights made to sum to 1, neighbours of one weight together. */
function runsOf(weights: Map<string, number>): Run[] {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  const places = [...weights].map(([place, weight]) => {
    const [dy = 0, x = 0] = place.split(" ").map(Number);
    return { dy, from: x, to: x + 1, weight: weight / sum };
  });
  places.sort((a, b) => a.dy - b.dy || a.from - b.from);
  const runs: Run[] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (
      last &&
      last.dy === place.dy &&
      last.to === place.from &&
      Math.abs(last.weight - place.weight) < 1e-12
    )
      runs[runs.length - 1] = { ...last, to: place.to };
    else runs.push(place);
  }
  return runs;
}
