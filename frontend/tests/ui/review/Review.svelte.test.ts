import { beforeEach, expect, test, vi } from "vitest";
import Review from "../../../src/ui/review/Review.svelte";
import {
  all,
  button,
  cells,
  click,
  isPressed,
  lines,
  one,
  point,
  press,
  settled,
  show,
  words,
} from "../page";
import { annotation, image, LEVELS, map, square } from "../samples";
import { offline, server } from "../server";

const PEOPLE = [
  { annotation: 7, name: "ada", vote: "bad" },
  { annotation: 8, name: "bea", vote: "good" },
];
const PROPS = { image: image(1), levels: LEVELS, people: PEOPLE };
const SETTLE = `<details id="settle"><input name="takes">
  <input type="radio" name="annotation" value="merged"><input type="radio" name="annotation" value="7">
  <input type="radio" name="annotation" value="8"></details><a id="edit-map" href="#draw"></a>`;

/** The page as Django made it, with the comparison on it. */
async function open(props: typeof PROPS = PROPS): Promise<void> {
  document.body.innerHTML = `${SETTLE}<div id="island"></div>`;
  show(Review, props, one("#island"));
  await vi.waitFor(async () => {
    await settled();
    expect(server.asked.includes("differences 1")).toBe(true);
  });
  await settled();
}

const chosenMap = () => one<HTMLInputElement>("[name=annotation]:checked").value;

beforeEach(() => {
  server.now.annotations = new Map([
    [7, annotation(7, 1, { document: map(0, square("a", 1)) })],
    [8, annotation(8, 1, { document: map(0, square("b", 3)) })],
  ]);
  server.now.differences = {
    annotations: [7, 8],
    differences: [
      { box: [10, 10, 50, 40], area_px: 1200, levels: [1, 3] },
      { box: [80, 60, 90, 70], area_px: 40, levels: [2, 255] },
    ],
  };
});

test("each person's tile has their name, number and vote; the last one shows where they differ", async () => {
  await open();
  expect(lines("figcaption")).toEqual([
    "ada 1 Bad Enlarge",
    "bea 2 Good Enlarge",
    "Where they differ Enlarge the stronger the colour, the farther apart",
  ]);
  expect(all("[role=application]").map((tile) => tile.getAttribute("aria-label"))).toEqual([
    "ada, blur map of 1.jpg",
    "bea, blur map of 1.jpg",
    "Where they differ, blur map of 1.jpg",
  ]);
});

test("where each map has several levels, none of them is named", async () => {
  server.now.differences = {
    annotations: [7, 8],
    differences: [{ box: [0, 0, 90, 70], area_px: 6300, levels: [0, 0] }],
  };
  await open();
  expect(cells().map(([, , ...said]) => said)).toEqual([["Several levels", "Several levels"]]);
});

test("the places are listed with what each says there", async () => {
  await open();
  expect(cells()).toEqual([
    ["1, upper left", "15 %", "1 Low", "3 High"],
    ["2, lower right", "<1 %", "2 Medium", "no level"],
  ]);
  expect(button("no level").disabled).toBe(true);
});

test("whose word is taken where goes with the form, and is taken back by the same button", async () => {
  await open();
  await click("3 High");
  await click("2 Medium");
  expect(one<HTMLInputElement>("[name=takes]").value).toBe("0:8 1:7");
  await click("3 High");
  expect(one<HTMLInputElement>("[name=takes]").value).toBe("1:7");
  expect([isPressed("3 High"), isPressed("2 Medium")]).toEqual([false, true]);
});

test("by keys: N goes to the next place, a digit takes that person's word there and goes on", async () => {
  await open();
  await press("n");
  expect(all("[aria-current=true]").length).toBe(1);
  await press("2");
  expect([one<HTMLInputElement>("[name=takes]").value, words("[aria-current=true] th")]).toEqual([
    "0:8",
    "2, lower right",
  ]);
  await press("2"); // said nothing there
  expect([one<HTMLInputElement>("[name=takes]").value, words("[aria-current=true] th")]).toEqual([
    "0:8",
    "2, lower right",
  ]);
  await press("n", { shiftKey: true });
  expect(words("[aria-current=true] th")).toBe("1, upper left");
});

test("away from any place a digit chooses that person's map, 0 the merged one, and says so", async () => {
  await open();
  await press("2");
  expect([chosenMap(), words(".review-bar [role=status]"), one<HTMLDetailsElement>("#settle").open]).toEqual([
    "8",
    "bea’s map is chosen below.",
    true,
  ]);
  await press("0");
  expect([chosenMap(), words(".review-bar [role=status]")]).toEqual([
    "merged",
    "The merged map is chosen below.",
  ]);
  expect(await press("3")).toBe(true); // there is no third
  expect(chosenMap()).toBe("merged");
});

test("E opens the form and goes on to draw", async () => {
  await open();
  let isFollowed = false;
  one("#edit-map").addEventListener("click", () => {
    isFollowed = true;
  });
  await press("e");
  expect([isFollowed, one<HTMLDetailsElement>("#settle").open]).toEqual([true, true]);
});

test("K shows each person's map in the other's place", async () => {
  await open();
  await press("k");
  expect(lines("figcaption strong")).toEqual(["bea", "ada", "Where they differ"]);
  await click("Blink K");
  expect(lines("figcaption strong")).toEqual(["ada", "bea", "Where they differ"]);
});

test("F fills the levels or not", async () => {
  await open();
  await press("f");
  expect(isPressed("Fill the levels F")).toBe(false);
});

test("a tile is given the room by its button or Enter; a click on another changes the two", async () => {
  await open();
  await click(one("figure:nth-child(2) button"));
  expect(all("figure").map((each) => each.classList.contains("large"))).toEqual([false, true, false]);
  const first = one("[role=application]");
  await point(first);
  expect(all("figure").map((each) => each.classList.contains("large"))).toEqual([true, false, false]);
  first.focus();
  await press("Enter");
  expect(all("figure.large").length).toBe(0);
});

test("keys with Ctrl, in a field or under a dialog are not the page's", async () => {
  await open();
  expect(await press("k", { ctrlKey: true })).toBe(false);
  one("[name=takes]").focus();
  await press("f");
  expect(isPressed("Fill the levels F")).toBe(true);
});

test("maps that agree say so; what cannot be opened says why", async () => {
  server.now.differences = { annotations: [7, 8], differences: [] };
  await open();
  expect(lines("p").at(-1)).toBe("The maps agree everywhere but for narrow borders.");
  server.refuse("photoBytes", offline());
  await open();
  expect(words("[role=alert]")).toBe("The server does not answer.");
});

test("one person's map alone has nothing to blink or differ from", async () => {
  await open({ ...PROPS, people: PEOPLE.slice(0, 1) });
  expect([lines("figcaption"), lines(".review-bar button")]).toEqual([
    ["ada Bad"],
    ["Whole photo, 1:1 or filling Z", "Fill the levels F"],
  ]);
});
