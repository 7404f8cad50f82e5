import { expect, test, vi } from "vitest";
import type { Told } from "../../../src/ui/workbench/submission.svelte";
import ToldCard from "../../../src/ui/workbench/ToldCard.svelte";
import { painted } from "../../../src/ui/workbench/told";
import { click, one, show, words } from "../page";
import { image, map, square } from "../samples";

const TOLD: Told = {
  image: image(7),
  document: map(0, square("own", 1)),
  vote: "good",
  feedback: {
    desirability: "bad",
    reason: "The face is blurred.",
    document: map(0, square("expert", 3)),
    is_right: false,
    overlap_ppm: 250_000,
  },
};

test("a region is a path in whole pixels and in its level's colour, holes and all", () => {
  const hole = [320, 320, 480, 320, 480, 480];
  const region = square("a", 3);
  const document = map(null, { ...region, rings: [...region.rings, hole] });
  expect(painted(document, 4)).toEqual({
    base: null,
    regions: [{ id: "a", path: "M10 10L50 10L50 50L10 50ZM20 20L30 20L30 30Z", stop: 7 }],
  });
  expect(painted(map(1), 2)).toEqual({ base: 7, regions: [] });
});

test("both maps and words, how alike they are and why are told, and the card is closed", async () => {
  const close = vi.fn();
  show(ToldCard, { told: TOLD, levelCount: 4, close });
  const all = words("aside");
  for (const part of [
    "the expert said something else",
    "You: Good",
    "The expert: Bad",
    "25 % of the blur painted alike.",
    "The face is blurred.",
  ])
    expect(all).toContain(part);
  expect(document.querySelectorAll("svg path").length).toBe(2);
  expect(one("svg image").getAttribute("href")).toBe("/api/images/7/preview/");
  await click("Close");
  expect(close).toHaveBeenCalledOnce();
});

test("a right answer is said to be right", () => {
  show(ToldCard, {
    told: { ...TOLD, feedback: { ...TOLD.feedback, is_right: true } },
    levelCount: 4,
    close: () => {},
  });
  expect(words("aside")).toContain("That was a test photo: right.");
});
