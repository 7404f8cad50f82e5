import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { aligned, COLOURS, figure, lastEpoch, markOf, smoothed, valueAt } from "../../../src/ui/run/curves";

test("curves of other epochs share one axis", () => {
  expect(
    aligned([
      [
        [0.5, 1],
        [4, 3],
      ],
      [[1], [2]],
    ]),
  ).toEqual([
    [0.5, 1],
    [4, 3],
    [null, 2],
  ]);
});

test("the axis ends at a whole epoch", () => {
  expect([
    lastEpoch([]),
    lastEpoch([
      [
        [1, 3],
        [0, 0],
      ],
      [[3.2], [0]],
    ]),
  ]).toEqual([1, 4]);
});

test("at an epoch a curve has its last value until then, and none before it begins or after it ends", () => {
  const curve = [
    [1.5, 2, 3.2],
    [5, 4, 3],
  ] as const;
  expect([1, 2, 3, 4, 5].map((epoch) => valueAt(curve, epoch))).toEqual([null, 4, 4, 3, null]);
});

test("smoothing by nothing changes nothing; by half each value weighs half of the next", () => {
  const curve = [
    [1, 2, 3],
    [4, 1, 1],
  ] as const;
  expect(smoothed(curve, 0)).toEqual(curve);
  expect(smoothed(curve, 0.5)[1]).toEqual([4, 2, (0.5 * (0.5 * 2 + 0.5) + 0.5) / 0.875]);
});

test("a constant curve stays as it is, however much it is smoothed", () => {
  const [, values] = smoothed(
    [
      [1, 2, 3],
      [7, 7, 7],
    ],
    0.9,
  );
  expect(values.map((value) => value.toFixed(9))).toEqual(["7.000000000", "7.000000000", "7.000000000"]);
});

test("no two of 32 lines look alike, and neighbours differ in colour and dash", () => {
  const marks = Array.from({ length: 32 }, (_, index) => markOf(index));
  expect(new Set(marks.map((mark) => JSON.stringify(mark))).size).toBe(32);
  expect(
    marks
      .slice(1)
      .filter((mark, index) => mark.dash === marks[index]?.dash || mark.colour === marks[index]?.colour),
  ).toEqual([]);
});

test("a value has four decimals, and nothing is a dash", () => {
  expect([figure(1.15849), figure(0), figure(null)]).toEqual(["1.1585", "0.0000", "–"]);
});

/** From sRGB to light. */
const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

const SHEET = readFileSync("src/styles/tokens.css", "utf8");
const colours = Array.from({ length: COLOURS }, (_, index) => {
  const hex = new RegExp(`--series-${index + 1}: #([0-9a-f]{6});`).exec(SHEET)?.[1] ?? "";
  return [0, 2, 4].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255));
});

const times = (matrix: readonly number[][], vector: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, factor, index) => sum + factor * (vector[index] ?? 0), 0));

/** What people see who lack one kind of cone: Machado, Oliveira & Fernandes 2009, severity 1. */
const SIGHTS: Record<string, number[][]> = {
  "all cones": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Oklab (Ottosson 2020), in which equal distances look equally far; 0.02 is just seen. */
function oklab(light: readonly number[]): number[] {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    light.map((value) => Math.min(1, Math.max(0, value))),
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones.map(Math.cbrt),
  );
}

test.each(Object.keys(SIGHTS))("the colours of lines are far from each other to eyes with %s", (sight) => {
  const seen = colours.map((colour) => oklab(times(SIGHTS[sight] ?? [], colour)));
  const distances = seen.flatMap((one, index) =>
    seen.slice(0, index).map((other) => Math.hypot(...one.map((value, axis) => value - (other[axis] ?? 0)))),
  );
  expect(Math.min(...distances)).toBeGreaterThan(0.11);
});

test("each colour of a line stands out from a white card, 3 to 1", () => {
  const contrasts = colours.map(
    (light) => 1.05 / ((times([[0.2126, 0.7152, 0.0722]], light)[0] ?? 0) + 0.05),
  );
  expect(contrasts.filter((contrast) => contrast < 3)).toEqual([]);
});
