import { expect, test } from "vitest";
import { hiddenLevels } from "../../src/editor/visibility";

const LEVELS = [0, 0.8, 2.4, 4.8].map((sigma_from, level) => ({ level, sigma_from }));
const SMALL = { width: 1024, height: 683 };

test("a photo made smaller hides faint blur, and more of it the smaller it is", () => {
  expect([0.9, 0.5, 0.2, 0.1].map((zoom) => hiddenLevels(LEVELS, SMALL, zoom))).toEqual([
    [],
    [1],
    [1, 2],
    [1, 2, 3],
  ]);
});

test("at true pixels or nearer nothing is said to be hidden, however faint a level begins", () => {
  const faint = [{ level: 1, sigma_from: 0.1 }];
  expect([hiddenLevels(faint, SMALL, 1), hiddenLevels(faint, SMALL, 4)]).toEqual([[], []]);
});

test("levels are measured at 1024 px, so a large photo may be made smaller by as much more; its long side counts", () => {
  expect(hiddenLevels(LEVELS, { width: 4096, height: 2731 }, 0.25)).toEqual([]);
  expect(hiddenLevels(LEVELS, { width: 2731, height: 4096 }, 0.125)).toEqual([1]);
});

test("sharp is never hidden", () => {
  expect(hiddenLevels([{ level: 0, sigma_from: 0 }], SMALL, 0.01)).toEqual([]);
});
