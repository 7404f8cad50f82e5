/** A line that follows the photo's edges from the last corner to the hand, as far as the screen shows them. */
import { type Ring, SUBPIXEL } from "../model/annotation";

import { cheapestWays, DEAREST_COST, edgeCosts, wayTo } from "../model/scissors";
import { simplified } from "../model/simplify";
import { bitmapFor, type Photo } from "./photo";
import { fromGrid, type ImagePoint, imagePoint, toGrid } from "./viewport";

const SIDE = 256; // samples: what is searched in some ms
const REACH = 0.45 * SIDE;
const DRAWN = 3; // samples within which the line's end looks for the strongest edge

/** A square of the photo around the end of a line, and the cheapest ways from its middle. */
interface Field {
  readonly photo: Photo;
  readonly drawn: Ring;
  /** Photo pixels a sample. */
  readonly step: number;
  readonly costs: Uint8Array;
  readonly ways: Int32Array;
}

export class Livewire {
  #field: Field | null = null;
  #canvas: OffscreenCanvas | null = null;

  /** The corners that lead on from the end of `drawn`, flat, 1/16 px; the last lies on the strongest edge at the hand. */
  line(photo: Photo, drawn: Ring, to: ImagePoint, scale: number): Ring {
    const from = fromGrid(drawn.at(-2) as number, drawn.at(-1) as number);
    const far = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    const step = 2 ** Math.ceil(Math.log2(Math.max(1, 1 / scale, far / REACH)));
    const { costs, ways } = this.#fieldAt(photo, drawn, from, step);
    const middle = SIDE / 2;
    const column = Math.round((to.x - from.x) / step) + middle;
    const row = Math.round((to.y - from.y) / step) + middle;
    const points = wayTo(ways, strongestNear(costs, column, row)).map((i) =>
      imagePoint(from.x + ((i % SIDE) - middle) * step, from.y + (Math.floor(i / SIDE) - middle) * step),
    );
    return simplified(points.flatMap(toGrid), 0.75 * step * SUBPIXEL).slice(2);
  }

  #fieldAt(photo: Photo, drawn: Ring, from: ImagePoint, step: number): Field {
    const kept = this.#field;
    if (kept?.photo === photo && kept.step === step && kept.drawn === drawn) return kept;
    const costs = edgeCosts(this.#samples(photo, from, step), SIDE, SIDE);
    spend(costs, drawn, from, step);
    const ways = cheapestWays(costs, SIDE, SIDE, (SIDE / 2) * SIDE + SIDE / 2);
    this.#field = { photo, drawn, step, costs, ways };
    return this.#field;
  }

  /** The square's samples; the one in the middle is centred on `from`. */
  #samples(photo: Photo, from: ImagePoint, step: number): Uint8ClampedArray {
    this.#canvas ??= new OffscreenCanvas(SIDE, SIDE);
    const context = this.#canvas.getContext("2d", {
      willReadFrequently: true,
    }) as OffscreenCanvasRenderingContext2D;
    const bitmap = bitmapFor(photo, 1 / step);
    const middle = SIDE / 2 + 0.5;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, SIDE, SIDE);
    context.setTransform(1 / step, 0, 0, 1 / step, middle - from.x / step, middle - from.y / step);
    context.drawImage(bitmap, 0, 0, photo.width, photo.height);
    return context.getImageData(0, 0, SIDE, SIDE).data;
  }
}

/** Make the edges that a line has run along as dear as none, but around its ends: a way does not run back over itself. */
function spend(costs: Uint8Array, drawn: Ring, from: ImagePoint, step: number): void {
  const middle = SIDE / 2;
  const points = Array.from({ length: drawn.length / 2 }, (_, i) => {
    const { x, y } = fromGrid(drawn[2 * i] as number, drawn[2 * i + 1] as number);
    return [(x - from.x) / step + middle, (y - from.y) / step + middle] as const;
  });
  const ends = [points[0], points.at(-1)] as (readonly [number, number])[];
  const isEnd = (x: number, y: number) => ends.some(([a, b]) => Math.hypot(a - x, b - y) <= 2 * DRAWN);
  for (const [i, [toX, toY]] of points.entries()) {
    const [x, y] = points[i - 1] ?? [toX, toY];
    const count = Math.ceil(Math.hypot(toX - x, toY - y)) + 1;
    for (let n = 0; n <= count; n++) {
      const [column, row] = [x + ((toX - x) * n) / count, y + ((toY - y) * n) / count].map(Math.round) as [
        number,
        number,
      ];
      if (column < -DRAWN || row < -DRAWN || column >= SIDE + DRAWN || row >= SIDE + DRAWN) continue;
      if (isEnd(column, row)) continue;
      for (let v = Math.max(0, row - 1); v <= Math.min(SIDE - 1, row + 1); v++)
        for (let u = Math.max(0, column - 1); u <= Math.min(SIDE - 1, column + 1); u++)
          costs[v * SIDE + u] = DEAREST_COST;
    }
  }
}

function strongestNear(costs: Uint8Array, column: number, row: number): number {
  let best = row * SIDE + column;
  for (let y = row - DRAWN; y <= row + DRAWN; y++) {
    for (let x = column - DRAWN; x <= column + DRAWN; x++) {
      if (x < 0 || y < 0 || x >= SIDE || y >= SIDE) continue;
      if ((costs[y * SIDE + x] as number) < (costs[best] as number)) best = y * SIDE + x;
    }
  }
  return best;
}
