/** Where the thing is that was clicked: the decoder of modelsvc/fusenet/clicks.py, number for number. */
import type { Tensor, Tensors } from "./tensors";

const STRIDES = [16, 8, 4] as const;
const REACHES = [8, 48]; // px in which the two marks of a click fade
const MOST = 6; // what a byte of 255 stands for

/** A place in px of the photo as the network sees it. */
export interface Click {
  readonly x: number;
  readonly y: number;
  readonly isInside: boolean;
}

/** What was said of a thing: clicks, and maybe a box around it: left, top, right, bottom. */
export interface Prompt {
  readonly clicks: readonly Click[];
  readonly box: readonly [number, number, number, number] | null;
}

/** Channels, each of `columns` x `rows` cells, one after the other. */
interface Planes {
  readonly columns: number;
  readonly rows: number;
  readonly planes: readonly Float32Array[];
}

/** What the encoder left of a photo, by px to a cell. */
export type Grids = Readonly<Record<number, Planes>>;

export function readGrids({ tensors }: Tensors): Grids {
  const grids: Record<number, Planes> = {};
  for (const stride of STRIDES) {
    const { shape, values } = tensors[stride] as Tensor;
    const [, rows, columns] = shape as [number, number, number];
    const floats = values.map((value) => (value * MOST) / 255);
    grids[stride] = { columns, rows, planes: split(floats, columns * rows) };
  }
  return grids;
}

/** Logits of each cell of 4 px: above 0 where the thing is. */
export function decode(weights: Tensors["tensors"], grids: Grids, prompt: Prompt): Planes {
  let found: Planes | null = null;
  for (const stride of STRIDES) {
    const grid = grids[stride] as Planes;
    const said = [...marks(prompt, stride, grid), ...(stride > 4 ? similarities(prompt, stride, grid) : [])];
    const own = `stages.${stride}`;
    let x = pointwise(weights, `${own}.join`, { ...grid, planes: [...grid.planes, ...said] });
    if (found) x = sum(x, doubled(pointwise(weights, `${own}.reduce`, found)));
    x = rectified(x);
    for (let block = 0; weights[`${own}.blocks.${block}.depthwise.weight`]; block++) {
      const name = `${own}.blocks.${block}`;
      const near = rectified(depthwise(weights, `${name}.depthwise`, x));
      x = sum(x, pointwise(weights, `${name}.pointwise`, near));
    }
    found = x;
  }
  return pointwise(weights, "logits", found as Planes);
}

function split(values: Float32Array, length: number): Float32Array[] {
  return Array.from({ length: values.length / length }, (_, i) =>
    values.subarray(i * length, (i + 1) * length),
  );
}

/** Near and far marks of the clicks inside, the same of those outside, and the box. */
function marks({ clicks, box }: Prompt, stride: number, { columns, rows }: Planes): Float32Array[] {
  const planes = Array.from({ length: 2 * REACHES.length + 1 }, () => new Float32Array(columns * rows));
  for (let i = 0; i < columns * rows; i++) {
    const [x, y] = [((i % columns) + 0.5) * stride, (Math.floor(i / columns) + 0.5) * stride];
    const nearest = [Infinity, Infinity]; // of those inside, of those outside
    for (const click of clicks) {
      const side = click.isInside ? 0 : 1;
      nearest[side] = Math.min(nearest[side] as number, Math.hypot(x - click.x, y - click.y));
    }
    for (const [k, plane] of planes.entries()) {
      const distance = nearest[Math.floor(k / REACHES.length)];
      if (distance !== undefined) plane[i] = Math.exp(-distance / (REACHES[k % REACHES.length] as number));
      else if (box) plane[i] = x > box[0] && x < box[2] && y > box[1] && y < box[3] ? 1 : 0;
    }
  }
  return planes;
}

/** The largest cosine between each cell and those clicked, inside and outside; 0 of none. */
function similarities({ clicks }: Prompt, stride: number, { columns, rows, planes }: Planes): Float32Array[] {
  const lengths = new Float32Array(columns * rows);
  for (const plane of planes)
    for (let i = 0; i < lengths.length; i++) lengths[i] = (lengths[i] as number) + (plane[i] as number) ** 2;
  for (let i = 0; i < lengths.length; i++) lengths[i] = Math.max(Math.sqrt(lengths[i] as number), 1e-3);
  const cell = (at: number, count: number) => Math.min(Math.max(Math.floor(at / stride), 0), count - 1);
  return [true, false].map((isInside) => {
    const most = new Float32Array(columns * rows);
    for (const click of clicks) {
      if (click.isInside !== isInside) continue;
      const at = cell(click.y, rows) * columns + cell(click.x, columns);
      const alike = new Float32Array(columns * rows);
      for (const plane of planes) {
        const there = (plane[at] as number) / (lengths[at] as number);
        if (there !== 0)
          for (let i = 0; i < alike.length; i++)
            alike[i] = (alike[i] as number) + there * (plane[i] as number);
      }
      for (let i = 0; i < most.length; i++)
        most[i] = Math.max(most[i] as number, (alike[i] as number) / (lengths[i] as number));
    }
    return most;
  });
}

/** A convolution of 1 x 1: four channels a pass, so that sums stay in registers. */
function pointwise(weights: Tensors["tensors"], name: string, { columns, rows, planes }: Planes): Planes {
  const { shape, values } = weights[`${name}.weight`] as Tensor;
  const bias = (weights[`${name}.bias`] as Tensor).values;
  const [outputs, inputs] = shape as [number, number];
  const none = new Float32Array(columns * rows);
  const made = Array.from({ length: outputs }, (_, o) => {
    const out = new Float32Array(columns * rows).fill(bias[o] as number);
    for (let c = 0; c < inputs; c += 4) {
      const [p, q, r, s] = [0, 1, 2, 3].map((k) => planes[c + k] ?? none) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const at = o * inputs + c;
      const [a, b] = [values[at] as number, c + 1 < inputs ? (values[at + 1] as number) : 0];
      const [d, e] = [
        c + 2 < inputs ? (values[at + 2] as number) : 0,
        c + 3 < inputs ? (values[at + 3] as number) : 0,
      ];
      for (let i = 0; i < out.length; i++)
        out[i] =
          (out[i] as number) +
          a * (p[i] as number) +
          b * (q[i] as number) +
          d * (r[i] as number) +
          e * (s[i] as number);
    }
    return out;
  });
  return { columns, rows, planes: made };
}

/** A convolution of each channel by itself; beyond the border are zeros. */
function depthwise(weights: Tensors["tensors"], name: string, { columns, rows, planes }: Planes): Planes {
  const { shape, values } = weights[`${name}.weight`] as Tensor;
  const bias = (weights[`${name}.bias`] as Tensor).values;
  const side = shape[3] as number;
  const reach = side >> 1;
  const made = planes.map((plane, c) => {
    const out = new Float32Array(columns * rows).fill(bias[c] as number);
    for (let k = 0; k < side * side; k++) {
      const [down, across] = [Math.floor(k / side) - reach, (k % side) - reach];
      const weight = values[c * side * side + k] as number;
      const [first, end] = [Math.max(0, -across), Math.min(columns, columns - across)];
      for (let row = Math.max(0, -down); row < Math.min(rows, rows - down); row++) {
        const to = row * columns;
        const from = (row + down) * columns + across;
        for (let column = first; column < end; column++)
          out[to + column] = (out[to + column] as number) + weight * (plane[from + column] as number);
      }
    }
    return out;
  });
  return { columns, rows, planes: made };
}

function rectified(x: Planes): Planes {
  for (const plane of x.planes)
    for (let i = 0; i < plane.length; i++) plane[i] = Math.max(plane[i] as number, 0);
  return x;
}

/** Their sum, in place of the second: the first may be needed again. */
function sum(a: Planes, b: Planes): Planes {
  for (const [c, plane] of b.planes.entries()) {
    const other = a.planes[c] as Float32Array;
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] as number) + (other[i] as number);
  }
  return b;
}

/** Twice as many cells across and down, between the centres of the old ones by straight lines. */
export function doubled({ columns, rows, planes }: Planes): Planes {
  const wide = 2 * columns;
  const made = planes.map((plane) => {
    const out = new Float32Array(4 * columns * rows);
    for (let row = 0; row < 2 * rows; row++) {
      const near = row >> 1;
      const far = Math.min(Math.max(near + (row & 1 ? 1 : -1), 0), rows - 1);
      for (let column = 0; column < wide; column++) {
        const own = column >> 1;
        const beside = Math.min(Math.max(own + (column & 1 ? 1 : -1), 0), columns - 1);
        const here =
          0.75 * (plane[near * columns + own] as number) + 0.25 * (plane[near * columns + beside] as number);
        const there =
          0.75 * (plane[far * columns + own] as number) + 0.25 * (plane[far * columns + beside] as number);
        out[row * wide + column] = 0.75 * here + 0.25 * there;
      }
    }
    return out;
  });
  return { columns: wide, rows: 2 * rows, planes: made };
}
