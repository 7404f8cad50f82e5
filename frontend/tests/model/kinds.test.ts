import { expect, test } from "vitest";
import { KINDS } from "../../src/model/annotation";
import { kindSaid, kindWithin } from "../../src/model/kinds";

test("within a sentence a kind of blur begins small", () => {
  expect(KINDS.map(kindWithin)).toEqual(["out of focus", "moving subject", "camera shake", "not sure"]);
});

test.each([
  [true, 1, "The chosen region and the next ones: camera shake."],
  [false, 0, "The next regions: camera shake."],
  [false, 1, "1 region and the next ones: camera shake."],
  [false, 7, "7 regions and the next ones: camera shake."],
])("what a key did is said", (isChosen, count, words) => {
  expect(kindSaid("shake", isChosen, count)).toBe(words);
});
