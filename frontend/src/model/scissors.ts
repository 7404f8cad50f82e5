/** Intelligent scissors: the way between two places that runs along the edges of a picture.
 *
 * Mortensen and Barrett, "Intelligent scissors for image composition", SIGGRAPH 1995; the cost here is of the gradient
 * alone, and the search is Dijkstra's with one bucket for each cost.
 */

const DEAREST = 63; // of a sample without any edge, above the 1 that every sample costs
export const DEAREST_COST = DEAREST + 1;
const FAINTEST = 24; // a gradient (sum of Sobel's two, 0..2040) below which nothing counts as an edge
const STRAIGHT = 5; // lengths of a step, as whole numbers
const DIAGONAL = 7;
const BUCKETS = 512; // more than the dearest step, (DEAREST + 1) * DIAGONAL

/** What it costs to go over each sample of an RGBA picture: 1 on its strongest edges, 64 where it is flat. */
export function edgeCosts(rgba: Uint8ClampedArray, width: number, height: number): Uint8Array {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const [r, g, b] = [rgba[4 * i] as number, rgba[4 * i + 1] as number, rgba[4 * i + 2] as number];
    grey[i] = 0.299 * r + 0.587 * g + 0.114 * b;
  }
  const steep = steepness(grey, width, height);
  const strong = Math.max(FAINTEST, steep.toSorted()[Math.floor(0.98 * steep.length)] as number);
  return Uint8Array.from(steep, (value) => 1 + Math.round(DEAREST * Math.max(0, 1 - value / strong) ** 2));
}

/** The gradient of each sample, by Sobel; 0 around the picture. */
function steepness(grey: Float32Array, width: number, height: number): Float32Array {
  const steep = new Float32Array(grey.length);
  const g = (i: number) => grey[i] as number;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const [up, down] = [i - width, i + width];
      const across = g(up + 1) + 2 * g(i + 1) + g(down + 1) - g(up - 1) - 2 * g(i - 1) - g(down - 1);
      const along = g(down - 1) + 2 * g(down) + g(down + 1) - g(up - 1) - 2 * g(up) - g(up + 1);
      steep[i] = Math.abs(across) + Math.abs(along);
    }
  }
  return steep;
}

/** For each sample the one before it on the cheapest way from the start; the start's is itself. */
export function cheapestWays(costs: Uint8Array, width: number, height: number, start: number): Int32Array {
  const before = new Int32Array(costs.length).fill(-1);
  const total = new Int32Array(costs.length).fill(2 ** 30);
  const buckets = Array.from({ length: BUCKETS }, (): number[] => []);
  before[start] = start;
  total[start] = 0;
  (buckets[0] as number[]).push(start);
  for (let level = 0, waiting = 1; waiting > 0; level++) {
    const bucket = buckets[level % BUCKETS] as number[];
    for (let i = bucket.pop(); i !== undefined; i = bucket.pop()) {
      waiting -= 1;
      if (total[i] !== level) continue; // reached more cheaply since
      const [x, y] = [i % width, Math.floor(i / width)];
      for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
        for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
          const next = i + dy * width + dx;
          const sum = level + (costs[next] as number) * (dx === 0 || dy === 0 ? STRAIGHT : DIAGONAL);
          if (sum >= (total[next] as number)) continue;
          total[next] = sum;
          before[next] = i;
          (buckets[sum % BUCKETS] as number[]).push(next);
          waiting += 1;
        }
      }
    }
  }
  return before;
}

/** The samples from the start to this one. */
export function wayTo(before: Int32Array, end: number): number[] {
  const way = [end];
  for (let i = end; before[i] !== i; i = before[i] as number) way.push(before[i] as number);
  return way.reverse();
}
