import { expect, test, vi } from "vitest";
import "../../../src/ui/workbench/FilmStrip.svelte"; // so that it need not be waited for
import type { WorkbenchProps } from "../../../src/ui/workbench/props";
import Workbench from "../../../src/ui/workbench/Workbench.svelte";
import {
  all,
  click,
  fill,
  isPressed,
  isThere,
  lines,
  one,
  press,
  release,
  settled,
  show,
  words,
} from "../page";
import { map, square, task } from "../samples";
import { offline, server } from "../server";
import { atBench, PROPS, pass } from "./bench";

atBench();

async function open(props: Partial<WorkbenchProps> = {}): Promise<void> {
  show(Workbench, { ...PROPS, ...props });
  await wait(500);
  canvas().focus();
}

async function wait(ms: number): Promise<void> {
  await pass(ms);
  await settled();
}

const canvas = () => one(".bench-canvas");
const said = () => words(".status-words");
const openDialogs = () => all("dialog[open] h2").map(words);
const regions = () => lines("[role=option]");
const LABELLED = () => [task(1, { document: map(0, square("a", 1), square("b", 2, 50, 20)) }), task(2)];

test("the page opens the next photo, named to who cannot see it", async () => {
  await open();
  expect([canvas().getAttribute("aria-label"), words("h1"), said()]).toEqual([
    "Photo 1.jpg. Press question mark for the keys, F6 to leave the photo.",
    "Label photos of Birds",
    "Opened 1.jpg.",
  ]);
});

test("by keys alone: an area is drawn, gets its level, is voted on and handed in", async () => {
  await open();
  for (const key of [
    "d",
    "ArrowRight",
    "ArrowRight",
    "ArrowRight",
    "d",
    "ArrowDown",
    "ArrowDown",
    "ArrowDown",
    "d",
  ])
    await press(key);
  await press("Enter"); // closes it
  expect(regions()).toEqual(["Region 1 level 2, out of focus"]);
  await press("3"); // for the next one
  expect(regions()).toEqual(["Region 1 level 2, out of focus"]);
  await press("c");
  expect(regions()).toEqual(["Region 1 level 3, out of focus"]);
  await press("1", { shiftKey: true });
  await press("Enter");
  await wait(100);
  expect(openDialogs()).toEqual(["What about the rest of the photo?"]);
  await click("The rest is sharp Enter");
  await wait(500);
  expect([server.handedIn, [...server.votes], said()]).toEqual([[101], [[1, "good"]], "Opened 2.jpg."]);
  expect(words(".toast")).toBe("1.jpg is submitted. Go back to it");
});

test("Tab walks round the regions while the photo has the focus, and F6 leaves it and comes back", async () => {
  server.now.tasks = LABELLED();
  await open();
  const went: [boolean, string][] = [];
  for (let i = 0; i < 3; i++) went.push([await press("Tab"), words("[role=option][aria-selected=true]")]);
  expect(went).toEqual([
    [true, "Region 1 level 1, out of focus"],
    [true, "Region 2 level 2, out of focus"],
    [true, "Region 1 level 1, out of focus"],
  ]);
  await press("i");
  await wait(50);
  const places: string[] = [];
  for (const key of ["F6", "F6", "F6", "F6", "Shift+F6"]) {
    await press(key);
    places.push(document.activeElement?.closest(".bench-canvas, .panel, .film, .rail")?.classList[0] ?? "");
  }
  expect(places).toEqual(["panel", "film", "rail", "bench-canvas", "rail"]);
});

test("without a region Tab goes on as anywhere", async () => {
  await open();
  expect(await press("Tab")).toBe(false);
});

test("what is said of an act is gone with the next one", async () => {
  await open();
  await press("d");
  await press("Escape");
  expect(said()).toBe("Outline cancelled. Ctrl+Z brings it back.");
  await press("Shift");
  expect(said()).toBe("Outline cancelled. Ctrl+Z brings it back.");
  await press("f");
  expect(said()).toBe("1.jpg, 0 regions");
});

test("why nothing came of an act is said at its place, too, until the next act", async () => {
  server.now.tasks = LABELLED();
  await open();
  await press("Tab");
  await press("Insert");
  await wait(10_000);
  const refused = "Choose one corner first: Ctrl+→ steps through them.";
  expect([said(), words(".refused")]).toEqual([refused, refused]);
  await press("z");
  expect([said(), all(".refused")]).toEqual(["Region 1 of 2, level 1, 4 corners", []]);
});

test("the photos at hand are opened again by a click and by keys, and hidden by one", async () => {
  await open({ past: [{ image: 7, file_name: "7.jpg" }] });
  server.now.tasks.push(task(7, { state: "submitted", revision: 1 }));
  const film = () =>
    all(".film-frame").map(
      (frame) => frame.title + (frame.getAttribute("aria-current") === "true" ? " *" : ""),
    );
  expect(film()).toEqual([]); // a small screen has no room to spare
  await press("i");
  await wait(100);
  expect(film()).toEqual(["7.jpg, handed in", "1.jpg, to be handed in *", "2.jpg, comes next"]);
  await click("7.jpg, handed in");
  expect([all(".phase").length, film().length]).toEqual([1, 3]); // the strip stays while a photo is opened
  await wait(500);
  expect([said(), film()[0]]).toEqual(["Opened 7.jpg.", "7.jpg, handed in *"]);
  await press("Shift+PageDown");
  await wait(500);
  expect(said()).toBe("Opened 1.jpg.");
  await press("Shift+PageUp");
  await wait(500);
  expect(said()).toBe("Opened 7.jpg.");
  await press("i");
  expect(all(".film")).toEqual([]);
});

test("keys in a list or on a button are theirs: arrows do not move the photo, Enter hands nothing in", async () => {
  server.now.tasks = LABELLED();
  await open();
  one("[role=listbox]").focus();
  await press("ArrowDown");
  expect(words("[role=option][aria-selected=true]")).toBe("Region 2 level 2, out of focus");
  await press("3"); // the others act on what is chosen
  expect(words("[role=option][aria-selected=true]")).toBe("Region 2 level 3, out of focus");
  await press("Delete");
  expect(regions()).toEqual(["Region 1 level 1, out of focus"]);
  one(".level").focus();
  const isTaken = [await press("Enter"), await press(" "), await press("ArrowRight"), await press("Tab")];
  expect([isTaken, server.handedIn]).toEqual([[false, false, false, false], []]);
});

test("what is held shows only while it is held", async () => {
  await open();
  const looks = () => isPressed("Fill the levels (F)");
  await press("f");
  expect(looks()).toBe(true);
  await press(" ");
  await press(" ", { repeat: true });
  await release(" ");
  await press("f");
  expect(looks()).toBe(false);
});

test("a dialog takes the keys from the photo", async () => {
  await open();
  await press("?", { shiftKey: true });
  expect(openDialogs()).toEqual(["Keys"]);
  await press("b");
  expect(isPressed("Outline (P)")).toBe(true);
  await click("Close");
  await press("b");
  expect(isPressed("Brush (B)")).toBe(true);
});

test("a photo is skipped by its key, with a reason", async () => {
  await open();
  await press("`");
  expect(openDialogs()).toEqual(["Skip this photo"]);
  one("dialog[open] form").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await wait(500);
  expect([server.askedOf("skip"), said()]).toEqual([
    ["skip 101: I cannot tell how blurred it is"],
    "Opened 2.jpg.",
  ]);
});

test("a note is pinned by its key", async () => {
  await open();
  await press("n");
  await vi.waitFor(async () => {
    await wait(10);
    expect(openDialogs()).toEqual(["Pin a note here"]);
  });
  await fill("#note-text", "The wing?");
  one("#note-text").focus();
  await press("Enter");
  expect(lines(".note")).toEqual(["1The wing?"]);
});

test("a photo that cannot be opened says why, with the ways out", async () => {
  server.refuse("nextTask", offline());
  await open();
  expect([words("[role=alert] h2"), isThere("Back to the queue")]).toEqual([
    "The photo could not be opened",
    true,
  ]);
  await click("Try again");
  await wait(500);
  expect(said()).toBe("Opened 1.jpg.");
});

test("when nothing waits the page says so and leads back", async () => {
  server.now.tasks = [];
  await open();
  expect(words(".phase-card")).toBe(
    "All photos are labelled Nothing waits for you in Birds. New photos appear in your queue as they come in. Back to the queue",
  );
});

test("the browser's way back opens the photo of that address", async () => {
  await open();
  window.dispatchEvent(new PopStateEvent("popstate", { state: { image: 3 } }));
  await wait(500);
  expect(said()).toBe("Opened 3.jpg.");
});

test("when the network is back what waits is sent at once; when the page is hidden, too", async () => {
  await open();
  server.refuse("saveDraft", offline());
  await press("g"); // the rest has this level
  await wait(1_600);
  expect(words(".status-saved")).toBe("Offline – 1 edit kept here");
  window.dispatchEvent(new Event("online"));
  await wait(10);
  expect(words(".status-saved")).toBe("Saved");
  await press("u");
  await press("0");
  await press("g");
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  await wait(10);
  Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
  expect(server.drafts.at(-1)?.keepalive).toBe(true);
});

test("when the page goes, others may have the photo that was fetched ahead", async () => {
  await open();
  window.dispatchEvent(new Event("pagehide"));
  expect(server.asked.at(-1)).toBe("return 102");
});

test("where a photo is settled there is nothing to skip and no note to pin", async () => {
  server.now.settled.set(1, { ...task(1), seen: 0 });
  await open({ image: 1, review_url: "/photos/1" });
  await press("`");
  await press("n");
  await wait(10);
  expect([openDialogs(), said()]).toEqual([[], "1.jpg, 0 regions"]);
  expect(all(".film")).toEqual([]);
});

test("how to label is told until it was read", async () => {
  await open();
  expect(lines(".hint-card strong")).toEqual(["Look at 1:1", "Level", "Draw", "Vote"]);
  await click("Got it");
  expect([all(".hint-card").length, localStorage.getItem("smartblur.hint-seen")]).toEqual([0, "1"]);
});
