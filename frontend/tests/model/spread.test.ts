import { expect, test } from "vitest";
import { discKernel, motionKernel, motionLength, type Run, spread } from "../../src/model/spread";
import { picture, red } from "./pictures";

/** The kernel as rows of numbers, from -reach to reach both ways. */
function table(kernel: readonly Run[], reach: number): number[][] {
  const rows = Array.from({ length: 2 * reach + 1 }, () => Array<number>(2 * reach + 1).fill(0));
  for (const { dy, from, to, weight } of kernel)
    for (let x = from; x < to; x++) (rows[dy + reach] as number[])[x + reach] = weight;
  return rows;
}

function variance(kernel: readonly Run[], axis: "x" | "y"): number {
  let sum = 0;
  for (const { dy, from, to, weight } of kernel)
    for (let x = from; x < to; x++) sum += weight * (axis === "x" ? x * x : dy * dy);
  return sum;
}

const close = (rows: number[][], golden: number[][]) => {
  expect(rows.length).toBe(golden.length);
  for (const [y, row] of golden.entries())
    for (const [x, weight] of row.entries()) expect(rows[y]?.[x]).toBeCloseTo(weight, 6);
};

// What modelsvc.fusenet.data.kernels.motion_kernel and disc_kernel give.
test("a motion to the right is that of the training's synthesis", () => {
  const half = [0.164641934, 0.164641934, 0.16469209, 0.088294856, 0.000050163];
  const row = [...half].reverse().concat(half.slice(1));
  expect(motionLength(1.8)).toBeCloseTo(Math.sqrt(12 * (1.8 ** 2 - 1 / 6)), 12);
  close(table(motionKernel(1.8), 4), [
    ...Array(4).fill(Array(9).fill(0)),
    row,
    ...Array(4).fill(Array(9).fill(0)),
  ]);
});

test("a motion aslant is that of the training's synthesis", () => {
  const upper = [
    [0, 0.014936786, 0.028918926, 0.000341878, 0, 0, 0, 0, 0],
    [0, 0.0226839, 0.14112836, 0.10903538, 0.018312838, 0, 0, 0, 0],
  ];
  const lower = upper.map((row) => [...row].reverse()).reverse();
  const middle = [0, 0, 0.007172788, 0.080730215, 0.15347785, 0.080730215, 0.007172788, 0, 0];
  const empty = Array(9).fill(0);
  close(table(motionKernel(1.8, Math.PI / 6), 4), [empty, empty, ...upper, middle, ...lower, empty, empty]);
});

test("a lens's disc is that of the training's synthesis", () => {
  const [far, corner, full] = [0.00606828, 0.08351539, 0.12833306];
  close(table(discKernel(0.8), 2), [
    [0, 0, far, 0, 0],
    [0, corner, full, corner, 0],
    [far, full, full, full, far],
    [0, corner, full, corner, 0],
    [0, 0, far, 0, 0],
  ]);
  const [side, small, middle] = [0.1187725, 0.0031821, 0.5121816];
  close(table(discKernel(0.5), 1), [
    [small, side, small],
    [side, middle, side],
    [small, side, small],
  ]);
  expect(table(discKernel(3.4), 8)[8]?.slice(1, 4)).toEqual([
    expect.closeTo(0.00180869, 8),
    expect.closeTo(0.00693034, 8),
    expect.closeTo(0.00693034, 8),
  ]);
});

test.each([0.3, 0.5, 0.8])("a disc of sigma %f is no wider than that", (sigma) => {
  for (const axis of ["x", "y"] as const)
    expect(Math.sqrt(variance(discKernel(sigma), axis))).toBeCloseTo(sigma, 2);
});

test.each([1.8, 3.4, 7, 41])("all kernels of sigma %f spread light by it", (sigma) => {
  for (const axis of ["x", "y"] as const) {
    expect(variance(discKernel(sigma), axis) / sigma ** 2).toBeCloseTo(1, 1);
    const along = variance(motionKernel(sigma, axis === "x" ? 0 : Math.PI / 2), axis);
    expect(along / sigma ** 2).toBeCloseTo(1, 1);
  }
  for (const kernel of [discKernel(sigma), motionKernel(sigma, 1)])
    expect(kernel.reduce((sum, { from, to, weight }) => sum + (to - from) * weight, 0)).toBeCloseTo(1, 9);
});

test("a flat picture stays as it is", () => {
  const flat = picture(20, () => 77);
  expect(spread(flat, motionKernel(3, 0.5)).data).toEqual(flat.data);
  expect(spread(flat, discKernel(0)).data).toEqual(flat.data);
});

test("a point of light becomes the kernel, in linear light", () => {
  const point = picture(21, (x, y) => (x === 10 && y === 10 ? 255 : 0));
  const encoded = (linear: number) => Math.round(255 * (1.055 * linear ** (1 / 2.4) - 0.055));
  const smeared = spread(point, motionKernel(1.8));
  expect([8, 10, 12].map((x) => red(smeared, x, 10))).toEqual(
    [0.16469209, 0.164641934, 0.16469209].map(encoded),
  );
  expect(red(smeared, 10, 11)).toBe(0);
  const soft = spread(point, discKernel(0.8));
  expect([red(soft, 10, 10), red(soft, 11, 11), red(soft, 10, 12), red(soft, 12, 12)]).toEqual([
    encoded(0.12833306),
    encoded(0.08351539),
    encoded(0.00606828),
    0,
  ]);
});

test("a motion along the stripes leaves them, one across takes them away", () => {
  const stripes = picture(40, (_, y) => (y % 4 < 2 ? 40 : 200));
  expect(spread(stripes, motionKernel(4, 0)).data).toEqual(stripes.data);
  const across = spread(stripes, motionKernel(4, Math.PI / 2));
  expect(Math.abs(red(across, 20, 20) - red(across, 20, 22))).toBeLessThan(25);
});
