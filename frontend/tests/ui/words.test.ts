import { expect, test } from "vitest";
import { clock, decimal, percent, VOTES } from "../../src/ui/words";

test("votes stand in the order of their keys, each with a word and an icon of its own", () => {
  expect(VOTES.map(({ value }) => value)).toEqual(["good", "ok", "bad", "none"]);
  expect(new Set(VOTES.map(({ icon }) => icon)).size).toBe(4);
  expect(VOTES.map(({ word }) => word)).toEqual(["Good", "OK", "Bad", "No blur"]);
});

test.each([
  [0, "0:00"],
  [59_999, "0:59"],
  [60_000, "1:00"],
  [3_725_000, "62:05"],
])("%d ms on the clock are %s", (ms, words) => {
  expect(clock(ms)).toBe(words);
});

test.each([
  [0, "0 %"],
  [0.004, "<1 %"],
  [0.01, "1 %"],
  [0.126, "13 %"],
  [1, "100 %"],
])("a share of %d is %s", (share, words) => {
  expect(percent(share)).toBe(words);
});

test("a number has at most so many decimals, and at least so many", () => {
  expect([decimal(2.4, 3), decimal(2.4567, 2), decimal(2, 1, 1), decimal(1234.5, 1)]).toEqual([
    "2.4",
    "2.46",
    "2.0",
    "1,234.5",
  ]);
});
