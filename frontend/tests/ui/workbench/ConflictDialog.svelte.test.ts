import { expect, test } from "vitest";
import type { Document } from "../../../src/model/annotation";
import ConflictDialog from "../../../src/ui/workbench/ConflictDialog.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { all, click, isPressed, isThere, lines, one, settled, show, words } from "../page";
import { annotation, map, square, task } from "../samples";
import { ApiError, server } from "../server";
import { atBench, pass, sit } from "./bench";

atBench();

const stale = (document: Document) =>
  new ApiError(409, "stale_revision", "", null, {
    annotation: annotation(101, 1, { revision: 9, document }),
  });

/** Here region a became level 3; elsewhere it became what is given. */
async function open(theirs: Document): Promise<Session> {
  server.now.tasks = [task(1, { document: map(0, square("a", 1)) })];
  const session = await sit();
  show(ConflictDialog, { session });
  server.refuse("saveDraft", stale(theirs));
  session.editor.store.commit("level", "a", square("a", 3));
  await pass(2_000);
  await settled();
  return session;
}

const drafts = () => server.drafts.map(({ draft }) => [draft.base_revision, draft.document.regions.length]);
const levels = (session: Session) => session.document.regions.map(({ level }) => level);

test("both versions stand side by side in words, and as shapes that compare", async () => {
  await open(map(0, square("a", 2, 20, 20)));
  expect([words("h2"), lines(".conflict-side")]).toEqual([
    "Two versions of the same region",
    ["Here level 3, out of focus, 4 corners", "The other level 2, out of focus, 4 corners"],
  ]);
  const [mine, theirs] = all("svg");
  expect(mine?.getAttribute("viewBox")).toBe(theirs?.getAttribute("viewBox"));
  expect(mine?.innerHTML).not.toBe(theirs?.innerHTML);
});

test("until a choice is made nothing is sent and the dialog cannot be dismissed", async () => {
  const session = await open(map(0, square("a", 2)));
  one<HTMLDialogElement>("dialog").click();
  await pass(60_000);
  expect([drafts(), session.saving?.is, one<HTMLDialogElement>("dialog").open]).toEqual([
    [],
    "conflict",
    true,
  ]);
});

test.each([
  ["Here level 3, out of focus, 4 corners", [3]],
  ["The other level 2, out of focus, 4 corners", [2]],
  ["Keep both", [2, 3]],
])("the choice %s holds, on top of what the other saved", async (side, kept) => {
  const session = await open(map(0, square("a", 2)));
  await click(side);
  expect(isPressed(side)).toBe(true);
  await click("Go on");
  await pass(100);
  await settled();
  expect([levels(session), drafts(), one<HTMLDialogElement>("dialog").open]).toEqual([
    kept,
    [[9, kept.length]],
    false,
  ]);
});

test("who chooses nothing keeps both", async () => {
  const session = await open(map(0, square("a", 2)));
  expect(isPressed("Keep both")).toBe(true);
  await click("Go on");
  expect(levels(session)).toEqual([2, 3]);
});

test("what was deleted on one side says so, and then there are no two to keep", async () => {
  const session = await open(map(0));
  expect([lines(".conflict-side span"), isThere("Keep both")]).toEqual([
    ["level 3, out of focus, 4 corners", "Deleted"],
    false,
  ]);
  await click("The other Deleted");
  await click("Go on");
  expect(session.document).toEqual(map(0));
});

test.each([
  ["Here level 1", 1],
  ["The other level 3", 3],
])("of two levels of the rest of the photo one is asked for, and %s holds", async (side, kept) => {
  server.now.tasks = [task(1, { document: map(0, square("a", 1)) })];
  const session = await sit();
  show(ConflictDialog, { session });
  server.refuse("saveDraft", stale(map(3, square("a", 1))));
  session.editor.store.commitDocument("base", map(1, square("a", 1)));
  await pass(2_000);
  await settled();
  expect([words("h2"), lines(".conflict-side")]).toEqual([
    "Two versions – choose",
    ["Here level 1", "The other level 3"],
  ]);
  expect(one<HTMLButtonElement>(".actions button").disabled).toBe(true);
  await click(side);
  await click("Go on");
  expect([session.document.base, levels(session)]).toEqual([kept, [1]]);
});
