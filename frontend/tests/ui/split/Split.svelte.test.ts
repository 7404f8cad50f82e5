import { expect, test } from "vitest";
import Split from "../../../src/ui/split/Split.svelte";
import { all, fill, one, settled, show, tick, words } from "../page";

const SIDES = [
  { name: "ada", url: "/ada.png" },
  { name: "bea", url: "/bea.png" },
] as const;

const pictures = () => all("img").map((each) => [each.getAttribute("src"), each.getAttribute("alt")]);

test("the one map lies over the other as far as the slider says", async () => {
  show(Split, { sides: SIDES, photo_url: "/photo.jpg" });
  expect(pictures()).toEqual([
    ["/bea.png", "Blur map by bea, brighter is more blur"],
    ["/ada.png", "ada, up to 50 % of the width"],
  ]);
  await fill("[type=range]", "20");
  expect(one("img + img").style.clipPath).toBe("inset(0 80% 0 0)");
  expect(one("[type=range]").getAttribute("aria-valuetext")).toBe("20 % of the left one");
});

test("the photo may take the left one's place", async () => {
  show(Split, { sides: SIDES, photo_url: "/photo.jpg" });
  await tick("[type=checkbox]");
  await settled();
  expect([pictures()[1], words("label span")]).toEqual([
    ["/photo.jpg", "the photo, up to 50 % of the width"],
    "Left: the photo. Right: bea.",
  ]);
});
