import { expect, test } from "vitest";
import { type Colour, inPicture, tokensOf, wordsOf } from "../../../src/ui/atlas/looks";

const colour = (more: Partial<Colour>): Colour => ({
  name: "agreement",
  label: "",
  unit: "%",
  is_ordered: true,
  words: {},
  ...more,
});

test("values with an order take steps from the first to the last, others colours of their own", () => {
  expect(tokensOf(colour({}), ["..10", "10..50", "50.."])).toEqual(["--step-0", "--step-5", "--step-9"]);
  expect(tokensOf(colour({}), ["0"])).toEqual(["--step-0"]);
  expect(tokensOf(colour({ is_ordered: false }), ["a", "b"])).toEqual(["--series-1", "--series-2"]);
  expect(tokensOf(colour({ name: "verdict", is_ordered: false }), ["bad", "none"])).toEqual([
    "--point-bad",
    "--point-none",
  ]);
});

test("a value is told by its word, or as a range with its unit", () => {
  expect(wordsOf(colour({ words: { good: "Gut" } }), "good")).toBe("Gut");
  expect(wordsOf(colour({ unit: "", words: {} }), "Nikon D90")).toBe("Nikon D90");
  expect(["..10", "10..20", "20.."].map((value) => wordsOf(colour({}), value))).toEqual([
    "under 10 %",
    "10 – 20 %",
    "from 20 %",
  ]);
});

test("a colour of the token sheet becomes a pixel", () => {
  expect([inPicture("#0b5cad"), inPicture("#fc0")]).toEqual([0xffad5c0b, 0xff00ccff]);
});
