import { expect, test } from "vitest";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { map, square, task } from "../samples";
import { ApiError, offline, server, signedOut } from "../server";
import { atBench, draw, LABELLED, label, opened, pass, rest, sit } from "./bench";

atBench();

/** Hand the photo in and see what comes of it. */
async function submit(session: Session): Promise<void> {
  void session.submission.submit();
  await pass(500);
  await opened(session);
}

test("the map is saved before the vote is sent and the photo handed in, then the next is there", async () => {
  const session = await sit();
  label(session);
  server.votes.clear();
  server.asked = [];
  session.ballot.cast("ok"); // sent at once, but not to wait for
  await submit(session);
  expect(server.askedOf("save", "submit")).toEqual(["save 101", "submit 101"]);
  expect(server.drafts.at(-1)?.draft.document).toEqual(LABELLED);
  expect([[...server.votes], session.task?.image.id]).toEqual([[[1, "ok"]], 2]);
});

test("the next photo is the one that was fetched ahead, so that nothing is waited for", async () => {
  const session = await sit();
  label(session);
  server.asked = [];
  await submit(session);
  expect(server.askedOf("bytes 2")).toEqual([]);
  expect([session.words, session.progress.done, location.search]).toEqual(["Opened 2.jpg.", 4, "?image=2"]);
});

test("what the journal has still to forget leaves no time to draw on a photo that is handed in", async () => {
  const session = await sit();
  label(session);
  await submit(session);
  label(session);
  Object.assign(session.journal as object, { forget: () => new Promise(() => {}) });
  await submit(session);
  expect([server.handedIn, session.task?.image.id]).toEqual([[101, 102], 3]);
});

test.each([
  ["nothing", () => {}, "Vote first: is the blur good, OK or bad, or is there none?"],
  [
    "a verdict without blur",
    (session: Session) => session.setVote("good"),
    "You judged the blur, but painted none. Paint where it is, or vote that there is none.",
  ],
  [
    "blur that the vote denies",
    (session: Session) => {
      draw(session, "a");
      session.setVote("none");
    },
    "You voted that there is no blur, but painted some. Change the vote or erase the blur.",
  ],
])("%s is not handed in, and it is said why", async (_, act, words) => {
  const session = await sit();
  act(session);
  await submit(session);
  expect([session.words, session.task?.image.id, server.handedIn]).toEqual([words, 1, []]);
});

test("a line that cannot be closed is not handed in", async () => {
  const session = await sit();
  label(session);
  session.editor.use("polygon");
  for (const key of ["drop-vertex", "right", "drop-vertex", "right", "drop-vertex"] as const)
    session.editor.run(key);
  await submit(session);
  expect([session.words, server.handedIn]).toEqual([
    "That outline is too small to be a region. Draw a larger one.",
    [],
  ]);
});

test("what stands against a photo is said by the button until it is true no longer", async () => {
  const session = await sit();
  expect(session.submission.refusal).toBe("");
  await submit(session);
  expect(session.submission.refusal).toBe("Vote first: is the blur good, OK or bad, or is there none?");
  session.setVote("good");
  expect(session.submission.refusal).toBe(
    "You judged the blur, but painted none. Paint where it is, or vote that there is none.",
  );
  draw(session, "a");
  expect(session.submission.refusal).toBe("");
});

test("what the server says against a photo stands by the button until it is handed in", async () => {
  const session = await sit();
  label(session);
  server.refuse("submitAnnotation", new ApiError(409, "vote", "Not now."));
  await submit(session);
  expect(session.submission.refusal).toBe("Not submitted. Not now.");
  await submit(session);
  expect(session.submission.refusal).toBe("");
});

test("what the rest of the photo is, is asked once", async () => {
  const session = await sit();
  draw(session, "a");
  session.setVote("good");
  await submit(session);
  expect([session.submission.isRestInDoubt, server.handedIn]).toEqual([true, []]);
  void session.submission.settleRest(true);
  await pass(500);
  expect([session.submission.isRestInDoubt, server.handedIn]).toEqual([false, [101]]);
  expect(server.drafts.at(-1)?.draft.document).toEqual(map(0, square("a", 2)));
});

test("the rest may be left without a level", async () => {
  const session = await sit();
  draw(session, "a");
  session.setVote("good");
  await submit(session);
  void session.submission.settleRest(false);
  await pass(500);
  expect(server.drafts.at(-1)?.draft.document.base).toBe(null);
  expect(server.handedIn).toEqual([101]);
});

test("who always marks the rest sharp is asked no more, at no photo", async () => {
  const session = await sit();
  draw(session, "a");
  session.setVote("good");
  await submit(session);
  void session.submission.settleRest(true, true);
  await pass(500);
  await opened(session);
  draw(session, "b");
  session.setVote("bad");
  await submit(session);
  expect([session.submission.isRestInDoubt, server.handedIn]).toEqual([false, [101, 102]]);
});

test("what is drawn while it is handed in is handed in too", async () => {
  const session = await sit();
  label(session);
  const release = server.hold("submitAnnotation");
  void session.submission.submit();
  await rest();
  draw(session, "late");
  release();
  await pass(500);
  expect(server.askedOf("save", "submit")).toEqual(["save 101", "submit 101", "save 101", "submit 101"]);
  expect(server.drafts.at(-1)?.draft.document.regions.map(({ id }) => id)).toEqual(["blurred", "late"]);
});

test("a second Enter meanwhile hands nothing in twice", async () => {
  const session = await sit();
  label(session);
  const release = server.hold("submitAnnotation");
  void session.submission.submit();
  await rest();
  expect(session.submission.isUnderWay).toBe(true);
  void session.submission.submit();
  release();
  await pass(500);
  expect([server.askedOf("submit"), session.submission.isUnderWay]).toEqual([["submit 101"], false]);
});

test.each([
  [
    offline(),
    "Not submitted. The server does not answer. Your work is kept on this computer; try again in a moment.",
    false,
  ],
  [signedOut(), "Not submitted. Your session has ended. Sign in again to go on.", true],
  [new ApiError(409, "vote", "Vote first."), "Not submitted. Vote first.", false],
])("a refusal leaves the photo on the bench, with its work: %s", async (error, words, isSignedOut) => {
  const session = await sit();
  label(session);
  server.refuse("submitAnnotation", error);
  await submit(session);
  expect([session.words, session.task?.image.id, session.isSignedOut, session.progress.done]).toEqual([
    words,
    1,
    isSignedOut,
    3,
  ]);
  await submit(session);
  expect(server.handedIn).toEqual([101]);
});

test("a vote that did not go out is sent with the photo", async () => {
  const session = await sit();
  server.refuse("castVote", offline());
  label(session);
  await rest();
  expect(server.votes.size).toBe(0);
  await submit(session);
  expect(server.askedOf("vote", "submit")).toEqual(["vote good on 1", "vote good on 1", "submit 101"]);
});

test("the way back is offered for six seconds, and leads to the photo with its undo", async () => {
  const session = await sit();
  label(session);
  await submit(session);
  expect(session.submission.left?.image.file_name).toBe("1.jpg");
  server.now.tasks[0] = task(1, { state: "submitted", revision: 1, document: LABELLED }, { vote: "good" });
  void session.submission.goBack();
  await pass(500);
  await opened(session);
  expect([session.task?.image.id, session.submission.left, session.editor.store.canUndo]).toEqual([
    1,
    null,
    true,
  ]);
});

test("a photo that was handed in and is edited again says that it has to be handed in again", async () => {
  const session = await sit();
  label(session);
  await submit(session);
  server.now.tasks[0] = task(1, { state: "submitted", revision: 1, document: LABELLED }, { vote: "good" });
  void session.submission.goBack();
  await pass(500);
  await opened(session);
  const before = session.isTakenBack;
  session.editor.setBase(2);
  expect([before, session.isTakenBack]).toEqual([false, true]);
  await pass(5_000);
  expect([session.unsaved, session.isTakenBack]).toEqual([0, true]);
});

test("after that the way back is gone", async () => {
  const session = await sit();
  label(session);
  await submit(session);
  await pass(6_000);
  expect(session.submission.left).toBe(null);
  await session.submission.goBack();
  expect(session.task?.image.id).toBe(2);
});

test("a key goes back to the photo handed in last however long ago, then to the one before this visit", async () => {
  const session = await sit({ past: [{ image: 7, file_name: "7.jpg" }] });
  server.now.tasks.push(task(7, { state: "submitted", revision: 1, document: LABELLED }, { vote: "good" }));
  label(session);
  await submit(session);
  await pass(60_000);
  const went: (number | undefined)[] = [];
  for (let i = 0; i < 2; i++) {
    void session.submission.openLast();
    await pass(500);
    await opened(session);
    went.push(session.task?.image.id);
  }
  expect(went).toEqual([1, 7]);
  await session.submission.openLast();
  expect([session.words, session.task?.image.id]).toEqual([
    "You have handed in no photo before this one.",
    7,
  ]);
});

test("of photos that were handed in the journal keeps the last one only", async () => {
  const session = await sit();
  label(session);
  await submit(session);
  label(session);
  await submit(session);
  const kept = await Promise.all([101, 102].map((id) => session.journal?.read(id)));
  expect(kept.map((entry) => entry?.head.annotation_id ?? null)).toEqual([null, 102]);
});

test("a photo that is handed in again counts once", async () => {
  server.now.tasks = [task(1, { state: "submitted", document: LABELLED }, { vote: "good" }), task(2)];
  const session = await sit();
  await submit(session);
  expect([server.handedIn, session.progress.done]).toEqual([[101], 3]);
});

const FEEDBACK = {
  desirability: "bad",
  reason: "The face is blurred.",
  document: map(0, square("expert", 3)),
  is_right: false,
  overlap_ppm: 250_000,
} as const;

test("after a test photo the next is open and what the expert said stands beside it, with no way back", async () => {
  const session = await sit();
  server.now.feedback = FEEDBACK;
  label(session);
  await submit(session);
  const { told, left } = session.submission;
  expect([told?.image.id, told?.vote, told?.document, told?.feedback]).toEqual([
    1,
    "good",
    LABELLED,
    FEEDBACK,
  ]);
  expect([left, session.task?.image.id, session.phase.is]).toEqual([null, 2, "ready"]);
});

test("what the expert said goes when the next photo is handed in", async () => {
  const session = await sit();
  server.now.feedback = FEEDBACK;
  label(session);
  await submit(session);
  server.now.feedback = null;
  label(session);
  await submit(session);
  expect([session.submission.told, session.submission.left?.image.id]).toEqual([null, 2]);
});

test("an answer to a test photo is handed in once, whatever is drawn meanwhile", async () => {
  const session = await sit();
  server.now.feedback = FEEDBACK;
  label(session);
  const release = server.hold("submitAnnotation");
  void session.submission.submit();
  await rest();
  draw(session, "late");
  release();
  await pass(500);
  expect(server.askedOf("submit")).toEqual(["submit 101"]);
});
