/** A line that follows the photo's edges from the last corner to the hand, as far as the screen shows them. */
import { type Ring, SUBPIXEL } from "../model/annotation";
import { simplified } from "../model/outline";
import { cheapestWays, edgeCosts, wayTo } from "../model/scissors";
import { bitmapFor, type Photo } from "./photo";
import { type ImagePoint, imagePoint, toGrid } from "./viewport";

const SIDE = 256; // samples: what is searched in some ms
const REACH = 0.45 * SIDE;
const DRAWN = 3; // samples within which the line's end looks for the strongest edge

/** A square of the photo around a corner, and the cheapest ways from its middle. */
interface Field {
  readonly photo: Photo;
  readonly from: ImagePoint;
  /** Photo pixels a sample. */
  readonly step: number;
  readonly costs: Uint8Array;
  readonly ways: Int32Array;
}

export class Livewire {
  #field: Field | null = null;
  #canvas: OffscreenCanvas | null = null;

  /** The line's corners after `from`, flat, 1/16 px; its end lies on the strongest edge at the hand. */
  line(photo: Photo, from: ImagePoint, to: ImagePoint, scale: number): Ring {
    const far = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
    const step = 2 ** Math.ceil(Math.log2(Math.max(1, 1 / scale, far / REACH)));
    const { costs, ways } = this.#fieldAt(photo, from, step);
    const middle = SIDE / 2;
    const column = Math.round((to.x - from.x) / step) + middle;
    const row = Math.round((to.y - from.y) / step) + middle;
    const points = wayTo(ways, strongestNear(costs, column, row)).map((i) =>
      imagePoint(from.x + ((i % SIDE) - middle) * step, from.y + (Math.floor(i / SIDE) - middle) * step),
    );
    return simplified(points.flatMap(toGrid), 0.75 * step * SUBPIXEL).slice(2);
  }

  #fieldAt(photo: Photo, from: ImagePoint, step: number): Field {
    const kept = this.#field;
    if (kept?.photo === photo && kept.step === step && kept.from.x === from.x && kept.from.y === from.y)
      return kept;
    const costs = edgeCosts(this.#samples(photo, from, step), SIDE, SIDE);
    const ways = cheapestWays(costs, SIDE, SIDE, (SIDE / 2) * SIDE + SIDE / 2);
    this.#field = { photo, from, step, costs, ways };
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
