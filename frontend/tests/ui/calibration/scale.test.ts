import { expect, test } from "vitest";
import { inPhoto, readScale, stretches } from "../../../src/ui/calibration/scale";

function typed(...rows: [name: string, end: string, sample: string][]): FormData {
  const fields = new FormData();
  for (const [n, [name, end, sample]] of rows.entries()) {
    fields.set(`form-${n}-name`, name);
    if (n + 1 < rows.length) fields.set(`form-${n}-sigma_to`, end);
    fields.set(`form-${n}-sample_sigma`, sample);
  }
  return fields;
}

test("a level starts where the one above ends; the last is open", () => {
  expect(readScale(typed(["Sharp", "0.8", "0"], ["Low", "2.4", "1.8"], ["High", "", "7"]), 3)).toEqual([
    { name: "Sharp", from: 0, to: 0.8, sample: 0 },
    { name: "Low", from: 0.8, to: 2.4, sample: 1.8 },
    { name: "High", from: 2.4, to: null, sample: 7 },
  ]);
});

test.each(["", " ", "two", "-1", "1e9"])("%j is no number of pixels", (value) => {
  const [row] = readScale(typed(["Sharp", value, value], ["High", "", "7"]), 2);
  expect([row?.to, row?.sample]).toEqual([null, null]);
});

test("a photo four times as long shows four times the pixels", () => {
  expect(inPhoto(1.8, 4096)).toBeCloseTo(7.2, 12);
});

test("the stretches of a scale join from end to end, even in the logarithm; ends that do not rise make none", () => {
  const ends = (...values: number[]) =>
    readScale(
      typed(...[...values, 0].map((end): [string, string, string] => ["", `${end}`, "0"])),
      values.length + 1,
    );
  const made = stretches(ends(0.8, 1.6, 3.2));
  expect(made.map(([from]) => from)).toEqual([0, ...made.slice(0, -1).map(([, to]) => to)]);
  expect(made.at(-1)?.[1]).toBe(1);
  for (const [from, to] of made) expect(to - from).toBeCloseTo(0.25, 9); // each twice the one before
  expect(stretches(ends(0.8, 0.8))).toEqual([]);
});
