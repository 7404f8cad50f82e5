import { beforeEach, expect, test, vi } from "vitest";
import { Gallery } from "../../../src/ui/gallery/gallery.svelte";
import { image } from "../samples";
import { ApiError, offline, server, signedOut } from "../server";

let gallery: Gallery;

const photos = (count: number) => Array.from({ length: count }, (_, i) => image(i + 1));
const chosen = () => [...gallery.chosen];
const pages = () => vi.waitFor(() => expect(gallery.photos.size).toBeGreaterThan(0));

beforeEach(() => {
  server.now.photos = photos(130);
  gallery = new Gallery(1, "newest=true");
});

test("the order comes whole, the photos by the page and each page once", async () => {
  await gallery.load();
  expect([gallery.order?.length, gallery.photos.size]).toEqual([130, 0]);
  gallery.show(0, 10);
  gallery.show(0, 59);
  await pages();
  expect([gallery.photos.size, gallery.photos.get(60)?.file_name]).toEqual([60, "60.jpg"]);
  gallery.show(100, 129);
  await vi.waitFor(() => expect(gallery.photos.size).toBe(130));
  expect(server.asked).toEqual([
    "order newest=true",
    "list newest=true after null",
    "list newest=true after 60",
    "list newest=true after 120",
  ]);
});

test("a page that did not come is told, and asked for again", async () => {
  await gallery.load();
  server.refuse("listPhotos", offline());
  gallery.show(0, 10);
  await vi.waitFor(() => expect(gallery.trouble).toBe("The server does not answer. Nothing was changed."));
  await gallery.load();
  gallery.show(0, 10);
  await pages();
  expect([gallery.trouble, gallery.photos.size]).toEqual(["", 60]);
});

test("what came of earlier filters is not shown under the present ones", async () => {
  const release = server.hold("photoOrder");
  const earlier = gallery.load("state=new");
  const present = gallery.load("state=agreed");
  server.now.photos = photos(3);
  release();
  await Promise.all([earlier, present]);
  const late = server.hold("listPhotos");
  gallery.show(0, 2);
  server.now.photos = photos(2);
  await gallery.load("state=new");
  late();
  await new Promise((resolve) => setTimeout(resolve));
  expect([gallery.order, gallery.photos.size]).toEqual([[1, 2], 0]);
});

test("other filters begin at the start; the same keep the place and what is still there of the choice", async () => {
  await gallery.load();
  gallery.go(129);
  for (const place of [0, 128]) gallery.toggle(place);
  server.now.photos = photos(100);
  await gallery.load();
  expect([gallery.at, chosen()]).toEqual([99, [1]]);
  await gallery.load("state=new");
  expect(gallery.at).toBe(0);
});

test("places outside the list are its ends, and in an empty list one goes nowhere", async () => {
  gallery.go(3);
  await gallery.load();
  expect(gallery.at).toBe(0);
  gallery.go(-5);
  expect(gallery.at).toBe(0);
  gallery.go(500);
  expect(gallery.at).toBe(129);
});

test("Shift chooses all from where one was to where one goes, in both directions", async () => {
  await gallery.load();
  gallery.go(4);
  gallery.go(6, true);
  expect(chosen()).toEqual([5, 6, 7]);
  gallery.go(3, true);
  expect(chosen().sort()).toEqual([4, 5, 6, 7]);
});

test("a photo is chosen and left by the same act, from which Shift goes on", async () => {
  await gallery.load();
  gallery.toggle(2);
  gallery.toggle(8);
  gallery.toggle(2);
  expect(chosen()).toEqual([9]);
  gallery.go(3, true);
  expect(chosen().sort((a, b) => a - b)).toEqual([3, 4, 9]);
  gallery.toggle(999);
  gallery.chooseAll();
  expect(gallery.chosen.size).toBe(130);
  gallery.chooseNone();
  expect(chosen()).toEqual([]);
});

test.each([
  ["first", "2 photos come next in the queue."],
  ["usual", "2 photos are back in the usual order."],
  ["withdraw", "2 photos are withdrawn."],
  ["restore", "2 photos are back."],
  ["review", "2 photos wait for a curator."],
] as const)("to %s the chosen ones, in their order, is told and can be undone", async (act, words) => {
  await gallery.load();
  gallery.toggle(8);
  gallery.toggle(2);
  await gallery.act(act);
  expect(server.asked).toEqual(["order newest=true", `${act} 3 9`, "order newest=true"]);
  expect([gallery.notice?.words, gallery.notice?.tone, chosen()]).toEqual([words, "success", []]);
  await gallery.notice?.undo?.();
  expect([gallery.notice?.words, gallery.notice?.undo]).toEqual(["1 photo is as before.", undefined]);
});

test("an album takes the chosen ones under its name", async () => {
  await gallery.load();
  gallery.toggle(0);
  await gallery.act("album", "Lake");
  expect(server.asked[1]).toBe("album 1 into Lake");
  expect(gallery.notice?.words).toBe("1 photo is in the album.");
});

test("more than twenty thousand at a time are refused here, and stay chosen", async () => {
  server.now.photos = photos(20_001);
  await gallery.load();
  gallery.chooseAll();
  await gallery.act("withdraw");
  expect(gallery.notice).toEqual({
    words: "Choose at most 20000 photos at a time.",
    tone: "error",
  });
  expect([gallery.chosen.size, server.asked.length]).toEqual([20_001, 1]);
});

test.each([
  [offline(), "The server does not answer. Nothing was changed."],
  [signedOut(), "Your session has ended. Reload the page and sign in again."],
  [new ApiError(409, "in_release", "Photo 1 is in a release."), "Photo 1 is in a release."],
  [new Error("?"), "Something went wrong."],
])("an act that is refused changes nothing and says why: %s", async (error, words) => {
  await gallery.load();
  gallery.toggle(0);
  server.refuse("actOnPhotos", error);
  await gallery.act("withdraw");
  expect([gallery.notice?.words, gallery.notice?.tone, chosen(), gallery.isActing]).toEqual([
    words,
    "error",
    [1],
    false,
  ]);
});

test("while one act is under way another is not begun", async () => {
  await gallery.load();
  gallery.toggle(0);
  const release = server.hold("actOnPhotos");
  const acts = [gallery.act("withdraw"), gallery.act("first")];
  release();
  await Promise.all(acts);
  expect(server.askedOf("withdraw", "first")).toEqual(["withdraw 1"]);
});
