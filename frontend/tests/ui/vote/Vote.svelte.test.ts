import { beforeEach, expect, test, vi } from "vitest";
import { useKeys } from "../../../src/editor/shortcuts";
import Vote from "../../../src/ui/vote/Vote.svelte";
import { all, button, click, isThere, lines, one, press, settled, show, words } from "../page";
import { image } from "../samples";
import { ApiError, offline, server } from "../server";

const PROPS = { project: { id: 1, name: "Birds" }, voted: 4, keys: {}, guide_url: "/guide", home_url: "/" };

async function open(...ids: number[]): Promise<void> {
  server.now.photos = ids.map((id) => image(id));
  show(Vote, PROPS);
  await shown(ids.length ? `${ids[0]}.jpg` : "");
}

/** The photo of that name is on the stage; without a name, none. */
const shown = (name: string) =>
  vi.waitFor(async () => {
    await settled();
    expect([words("canvas"), isThere("Opening the photo")]).toEqual([name, false]);
  });

beforeEach(() => {
  useKeys({});
  document.body.innerHTML = "";
});

test("first it is asked whether there is blur at all, then what it does", async () => {
  await open(1, 2);
  expect(lines(".vote-button")).toEqual(["No blur 0", "Good 1", "OK 2", "Bad 3"]);
  expect(all(".vote-button").map((each) => each.getAttribute("aria-keyshortcuts"))).toEqual([
    "0",
    "1",
    "2",
    "3",
  ]);
  expect(one("[role=group]").getAttribute("aria-label")).toBe("What does the blur do to the photo?");
  expect(words(".vote-count")).toBe("4 voted, 2 wait");
});

test("a button votes, counts alone, and brings the next photo; the last vote can be taken back", async () => {
  await open(1, 2);
  await click(one("[data-value=ok]"));
  await shown("2.jpg");
  expect([words(".vote-count"), [...server.votes]]).toEqual(["5 voted, 1 wait", [[1, "ok"]]]);
  expect(server.askedOf("vote")).toEqual(["vote ok on 1 alone"]);
  await click("Undo OK");
  await shown("1.jpg");
  expect([words(".vote-count"), server.votes.size]).toEqual(["4 voted, 2 wait", 0]);
});

test.each([
  ["0", {}, "none"],
  ["1", {}, "good"],
  ["3", {}, "bad"],
  ["2", { shiftKey: true }, "ok"],
])("the key %s with %j votes %s", async (key, more, vote) => {
  await open(1, 2);
  expect(await press(key, more)).toBe(true);
  await shown("2.jpg");
  expect([...server.votes]).toEqual([[1, vote]]);
});

test("a held key votes once, and keys that mean nothing here stay the browser's", async () => {
  await open(1, 2, 3);
  await press("1", { repeat: true });
  expect(server.votes.size).toBe(0);
  expect([await press("p"), await press("Tab"), await press("ArrowLeft")]).toEqual([false, false, true]);
});

test("a photo is left for later by a button or its key", async () => {
  await open(1, 2);
  await click("Leave it for later");
  await shown("2.jpg");
  await press("`");
  await shown("1.jpg");
  expect(server.votes.size).toBe(0);
});

test("after the last photo the page says that none waits and where to go", async () => {
  await open();
  expect([words("h2"), words(".vote-end a"), words(".vote-count")]).toEqual([
    "No photo waits for your vote",
    "Back to the queue",
    "4 voted, 0 wait",
  ]);
  expect(button("Leave it for later").disabled).toBe(true);
  expect(all(".vote-button").every((each) => each.hasAttribute("disabled"))).toBe(true);
});

test("what cannot be opened is told in words, and tried again", async () => {
  server.refuse("unvoted", new ApiError(403, "no_role", "You do not vote here."));
  await open();
  expect([words("h2"), words("[role=status]")]).toEqual([
    "The photo could not be opened",
    "You do not vote here.",
  ]);
  server.now.photos = [image(7)];
  await click("Try again");
  await shown("7.jpg");
});

test("a vote that is not saved brings its photo back and says so", async () => {
  await open(1, 2);
  server.refuse("castVote", offline());
  await press("1");
  await shown("1.jpg");
  expect(words(".vote-words")).toBe(
    "The vote is not saved. The server does not answer. Try again in a moment.",
  );
});

test("a person's own keys vote here too", async () => {
  server.now.photos = [image(1), image(2)];
  show(Vote, { ...PROPS, keys: { "vote-bad": "x" } });
  await shown("1.jpg");
  await press("x");
  await shown("2.jpg");
  expect([...server.votes]).toEqual([[1, "bad"]]);
});
