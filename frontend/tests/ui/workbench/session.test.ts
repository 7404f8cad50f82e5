import { expect, test, vi } from "vitest";
import type { Prediction } from "../../../src/api";
import { map, square, task } from "../samples";
import { ApiError, offline, server, signedOut } from "../server";
import { atBench, draw, label, lose, opened, pass, rest, sit } from "./bench";

atBench();

const NEWER = { ...map(0), shapes: [] } as never;

test("the next photo of the queue is opened, told, and stands in the address", async () => {
  const session = await sit();
  expect([session.phase, session.words, session.description]).toEqual([
    { is: "ready" },
    "Opened 1.jpg.",
    "1.jpg, 0 regions",
  ]);
  expect([location.search, history.state]).toEqual(["?image=1", { image: 1 }]);
});

test("while one is at a photo the next is leased and fetched, and given back when the page goes", async () => {
  const session = await sit();
  expect(server.asked).toEqual(["next", "bytes 1", "next after 1", "bytes 2"]);
  session.part();
  expect(server.asked.at(-1)).toBe("return 102");
});

test("a chosen photo is opened in place of the queue's", async () => {
  const session = await sit({ image: 3 });
  expect([session.task?.image.id, server.asked[0]]).toEqual([3, "photo 3"]);
});

test("when nothing waits the bench is empty", async () => {
  server.now.tasks = [];
  const session = await sit();
  expect([session.phase, session.description, session.ballot.vote]).toEqual([{ is: "empty" }, "", null]);
});

test.each([
  [offline(), "The server does not answer. Your work is kept on this computer; try again in a moment."],
  [new ApiError(404, "not_found", ""), "This photo is gone, or it is not yours to label."],
  [new ApiError(409, "held", "Somebody else has it."), "Somebody else has it."],
])("what cannot be opened says why, and is tried again: %s", async (error, words) => {
  server.refuse("nextTask", error);
  const session = await sit({ image: 2 });
  expect(session.phase).toEqual({ is: "failed", words });
  void session.reopen();
  await opened(session);
  expect([session.phase.is, session.task?.image.id]).toEqual(["ready", 2]);
});

test("labels of a newer kind are not touched", async () => {
  server.now.tasks = [task(1, { document: NEWER })];
  const session = await sit();
  expect(session.phase).toEqual({
    is: "failed",
    words:
      "The labels of this photo are of a newer kind than this page knows. Reload the page; nothing is lost.",
  });
});

test("a model's map of a newer kind is left out, one that can be read is at hand", async () => {
  const made = (document: Prediction["document"]) => ({ model: "m", document }) as Prediction;
  server.now.tasks = [task(1, {}, { prediction: made(NEWER) }), task(2, {}, { prediction: made(map(1)) })];
  const session = await sit();
  expect([session.phase.is, session.editor.model]).toEqual(["ready", null]);
  void session.open(2, "push");
  await opened(session);
  expect(session.editor.model).toEqual(map(1));
});

test("an edit is unsaved until the server has it, soon after", async () => {
  const session = await sit();
  draw(session, "a");
  expect([session.unsaved, session.document.regions.length]).toEqual([1, 1]);
  await pass(1_600);
  expect([session.unsaved, session.saving, server.drafts.map(({ draft }) => draft.document)]).toEqual([
    0,
    { is: "saved" },
    [map(null, square("a", 2))],
  ]);
});

test("what a lost visit left is back, with its undo, and is sent", async () => {
  const first = await sit();
  server.now.isAway = true;
  draw(first, "a");
  await lose(first);
  const second = await sit();
  expect(second.words).toBe("Your unsent edits of last time are back.");
  expect([
    second.document.regions.map(({ id }) => id),
    second.editor.store.canUndo,
    second.hasOperations,
  ]).toEqual([["a"], true, true]);
  await pass(2_000);
  expect(server.drafts.at(-1)?.draft.document.regions.map(({ id }) => id)).toEqual(["a"]);
});

test("what was left on another photo is sent once this one is open", async () => {
  const first = await sit({ image: 2 });
  server.now.isAway = true;
  draw(first, "a");
  await lose(first);
  await sit({ image: 1 });
  await pass(100);
  expect(server.drafts.map(({ annotation, draft }) => [annotation, draft.document.regions.length])).toEqual([
    [102, 1],
  ]);
});

test("where somebody saved meanwhile the undo of an earlier visit is not taken up", async () => {
  const first = await sit();
  draw(first, "a");
  await pass(2_000);
  first.stop();
  server.now.tasks = [task(1, { revision: 9, document: map(1) })];
  const second = await sit();
  expect([second.document, second.hasOperations]).toEqual([map(1), false]);
});

test("two tabs: the second says that the photo is open elsewhere, takes it over, and the first stops", async () => {
  const first = await sit({ image: 1 });
  const second = await sit({ image: 1 });
  expect([first.phase.is, second.phase.is]).toEqual(["ready", "elsewhere"]);
  const taken = second.takeOver();
  await pass(1_000);
  await taken;
  expect([first.phase.is, second.phase.is]).toEqual(["elsewhere", "ready"]);
});

test("a tab that loses its photo saves what it has", async () => {
  const first = await sit({ image: 1 });
  const second = await sit({ image: 1 });
  draw(first, "a");
  void second.takeOver();
  await pass(1_000);
  expect(server.drafts.map(({ keepalive, draft }) => [keepalive, draft.document.regions.length])).toEqual([
    [true, 1],
  ]);
});

test("of two photos asked for in haste the later one is on the bench", async () => {
  const session = await sit({ image: 1 });
  const release = server.hold("photoBytes");
  void session.open(2, "push");
  await rest();
  void session.open(3, "push");
  release();
  await opened(session);
  await pass(1_000);
  expect([session.task?.image.id, session.words, location.search]).toEqual([3, "Opened 3.jpg.", "?image=3"]);
});

test("going to another photo first saves this one", async () => {
  const session = await sit({ image: 1 });
  draw(session, "a");
  void session.open(3, "push");
  await opened(session);
  expect(server.drafts.map(({ annotation }) => annotation)).toEqual([101]);
});

test("a save that takes long holds nobody: it is sent when its photo's turn comes again", async () => {
  const session = await sit({ image: 1 });
  draw(session, "a");
  const release = server.hold("saveDraft");
  void session.open(3, "push");
  await pass(2_500);
  await opened(session);
  expect([session.task?.image.id, server.drafts.length]).toEqual([3, 0]);
  release();
  await rest();
  expect(server.drafts.length).toBeGreaterThan(0);
});

test("no blur on an untouched photo marks it sharp; on a painted one it only votes", async () => {
  const session = await sit();
  session.setVote("none");
  expect([session.document, session.words]).toEqual([map(0), "No blur: the whole photo is marked sharp."]);
  await rest();
  expect([...server.votes]).toEqual([[1, "none"]]);
  void session.open(2, "push");
  await opened(session);
  draw(session, "a");
  session.setVote("none");
  expect(session.document).toEqual(map(null, square("a", 2)));
});

test("a photo that is not there yet cannot be voted on", async () => {
  const session = await sit();
  const release = server.hold("photoBytes");
  void session.open(3, "push");
  await rest();
  session.setVote("good");
  release();
  await opened(session);
  expect([session.ballot.vote, server.votes.size]).toEqual([null, 0]);
});

test("a skipped photo is saved, left with the reason, and the next one opened", async () => {
  const session = await sit();
  draw(session, "a");
  void session.skip("It is a drawing");
  await pass(1_000);
  await opened(session);
  expect([server.askedOf("save", "skip"), session.task?.image.id]).toEqual([
    ["save 101", "skip 101: It is a drawing"],
    2,
  ]);
  expect([session.submission.left?.image.id, session.submission.left?.isSkipped]).toEqual([1, true]);
  expect(session.film.before(2)).toBe(1);
});

test("a skip that is refused says why and stays", async () => {
  const session = await sit();
  server.refuse("skipAnnotation", new ApiError(409, "submitted", "You handed it in."));
  await session.skip("");
  const words = "Not skipped. You handed it in.";
  expect([session.words, session.submission.refusal]).toEqual([words, words]);
  expect([session.task?.image.id, session.phase.is]).toEqual([1, "ready"]);
});

test("a sentence stays on the status line for seven seconds, or until the next", async () => {
  const session = await sit();
  session.say("First.");
  await pass(5_000);
  session.say("Second.");
  await pass(5_000);
  expect(session.words).toBe("Second.");
  await pass(3_000);
  expect(session.words).toBe("");
});

test("a refusal stays until the next act, however long that takes", async () => {
  const session = await sit();
  session.editor.refuse("No.");
  await pass(60_000);
  expect([session.words, session.refusedAt]).toEqual(["No.", session.editor.camera.middle]);
  session.hush();
  expect([session.words, session.refusedAt]).toEqual(["", null]);
});

test("on the next photo a tool that draws stays in hand and is named; others make way for it", async () => {
  const session = await sit();
  const inHand: string[] = [];
  for (const command of ["eraser-tool", "brush-tool"] as const) {
    session.editor.run(command);
    label(session);
    void session.submission.submit();
    await pass(500);
    await opened(session);
    inHand.push(`${session.editor.tool.name}: ${session.words}`);
  }
  expect(inHand).toEqual(["polygon: Opened 2.jpg.", "brush: Opened 3.jpg. In hand: Brush."]);
});

test("the chosen region is told by its number, level and corners", async () => {
  server.now.tasks = [task(1, { document: map(0, square("a", 1), square("b", 3)) })];
  const session = await sit();
  session.editor.show("b");
  expect(session.description).toBe("Region 2 of 2, level 3, 4 corners");
  session.editor.select("b", [
    { ring: 0, vertex: 0 },
    { ring: 0, vertex: 1 },
  ]);
  expect(session.description).toBe("Region 2 of 2, level 3, 4 corners, 2 chosen");
  session.editor.select(null);
  expect(session.description).toBe("1.jpg, 2 regions");
});

test("what the editor says is on the status line", async () => {
  const session = await sit();
  session.editor.run("under");
  expect(session.words).toBe("New regions go under the others.");
});

test("where the session has ended while the next photo was asked for, one signs in and it is opened", async () => {
  const session = await sit({ image: 1 });
  server.refuse("nextTask", signedOut());
  void session.open(3, "push");
  await opened(session);
  expect([session.isSignedOut, session.phase]).toEqual([
    true,
    { is: "failed", words: "Your session has ended. Sign in again to go on." },
  ]);
  session.signedIn();
  await opened(session);
  expect([session.isSignedOut, session.task?.image.id, session.phase.is]).toEqual([false, 3, "ready"]);
});

test("after a sign-in what waited goes out", async () => {
  const session = await sit();
  server.refuse("saveDraft", signedOut());
  draw(session, "a");
  await pass(2_000);
  expect([session.saving?.is, session.unsaved]).toEqual(["signed-out", 1]);
  session.signedIn();
  await rest();
  expect([session.saving?.is, session.unsaved]).toEqual(["saved", 0]);
});

test("a page that is put away sends what it has, at once", async () => {
  const session = await sit();
  session.leave();
  expect(server.drafts).toEqual([]);
  draw(session, "a");
  session.leave();
  await rest();
  expect(server.drafts.map(({ keepalive }) => keepalive)).toEqual([true]);
});

test("without a journal one works all the same", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new Error("private window");
    },
  });
  const session = await sit();
  draw(session, "a");
  await pass(2_000);
  expect([session.journal, session.phase.is, server.drafts.length]).toEqual([null, "ready", 1]);
});

test("time counts while one works, and pauses do not", async () => {
  const session = await sit();
  for (let i = 0; i < 5; i++) {
    session.worked();
    await vi.advanceTimersByTimeAsync(10_000);
  }
  await vi.advanceTimersByTimeAsync(600_000);
  session.worked();
  expect(Math.round(session.time.total() / 1_000)).toBe(40);
});

test("who gets no photos for now is told why, and not that one could not be opened", async () => {
  server.refuse("nextTask", new ApiError(409, "feed_paused", "Too few were right."));
  const session = await sit();
  expect(session.phase).toEqual({ is: "paused", words: "Too few were right." });
});
