import { expect, test } from "vitest";
import { timeIn } from "../../../src/ui/plan/plan";

test.each([
  [[12, 12], "About 12 s"],
  [[60, 300], "1 to 5 min"],
  [[7200, 7300], "About 2 h"],
  [[0.1, 0.2], "About 1 s"],
] as const)("%j seconds are %s", (seconds, words) => {
  expect(timeIn(seconds)).toBe(words);
});
