import { expect, test } from "vitest";
import { screenPoint } from "../../../src/editor/viewport";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { task } from "../samples";
import { ApiError, offline, server, signedOut } from "../server";
import { atBench, label, lose, opened, pass, rest, sit } from "./bench";

atBench();

const note = (id: string, text = id, x = 160, y = 320) => ({ id, x, y, text });
const texts = (session: Session) => session.notes.list.map(({ text }) => text);
const pins = (session: Session) => session.editor.scene().pins.map(({ at, number }) => [at.x, at.y, number]);

async function write(session: Session, text: string): Promise<void> {
  session.notes.pinAt(session.editor.camera);
  session.notes.write(text);
  await rest();
}

test("a photo's notes are pinned on it, numbered", async () => {
  server.now.tasks = [task(1, { notes: [note("a"), note("b", "b", 16, 32)] })];
  const session = await sit();
  expect([texts(session), pins(session)]).toEqual([
    ["a", "b"],
    [
      [10, 20, 1],
      [1, 2, 2],
    ],
  ]);
});

test("a note goes where one looks, within the photo", async () => {
  const session = await sit();
  session.notes.pinAt(session.editor.camera);
  expect([session.notes.draft?.x, session.notes.draft?.y]).toEqual([16 * 50, 16 * 40]); // the middle of what is seen
  session.editor.camera.pointer = screenPoint(-5_000, 5_000);
  session.notes.pinAt(session.editor.camera);
  expect([session.notes.draft?.x, session.notes.draft?.y]).toEqual([0, 16 * 80]);
});

test("what is written is kept and sent at once, without the spaces around it", async () => {
  const session = await sit();
  await write(session, "  The wing? \n");
  expect([texts(session), session.words, session.notes.draft]).toEqual([
    ["The wing?"],
    "The note is kept.",
    null,
  ]);
  expect(server.notes.get(101)?.map(({ text }) => text)).toEqual(["The wing?"]);
  expect((await session.journal?.read(101))?.head.notes).toBe(null);
});

test("notes written in haste are sent one after the other", async () => {
  const session = await sit();
  const release = server.hold("saveNotes");
  await write(session, "first");
  await write(session, "second");
  expect(server.askedOf("notes").length).toBe(1);
  release();
  await rest();
  expect(server.notes.get(101)?.map(({ text }) => text)).toEqual(["first", "second"]);
  expect((await session.journal?.read(101))?.head.notes).toBe(null);
});

test("a note without words is none", async () => {
  const session = await sit();
  await write(session, "  ");
  session.notes.write("nothing was begun");
  expect([texts(session), server.askedOf("notes")]).toEqual([[], []]);
});

test("a note that is opened again is changed in its place, or deleted", async () => {
  server.now.tasks = [task(1, { notes: [note("a"), note("b")] })];
  const session = await sit();
  session.notes.show(session.notes.list[0] as never);
  session.notes.write("better");
  expect(texts(session)).toEqual(["better", "b"]);
  session.notes.show(session.notes.list[0] as never);
  session.notes.write("");
  expect([texts(session), session.words]).toEqual([["b"], "The note is deleted."]);
  session.notes.remove("gone");
  await rest();
  expect(server.notes.get(101)?.map(({ text }) => text)).toEqual(["b"]);
});

test("a photo has at most 50 notes", async () => {
  server.now.tasks = [task(1, { notes: Array.from({ length: 50 }, (_, i) => note(`${i}`)) })];
  const session = await sit();
  session.notes.pinAt(session.editor.camera);
  expect([session.notes.draft, session.words]).toEqual([
    null,
    "A photo has at most 50 notes. Delete one first.",
  ]);
});

test("while the server is away a note is kept here, and goes out by itself later", async () => {
  const session = await sit();
  server.now.isAway = true;
  await write(session, "Later");
  expect(session.words).toBe("The note is kept on this computer; it is sent when the server answers.");
  expect((await session.journal?.read(101))?.head.notes?.length).toBe(1);
  await pass(15_000);
  server.now.isAway = false;
  expect(server.notes.size).toBe(0);
  await pass(15_000);
  expect(server.notes.get(101)?.length).toBe(1);
});

test.each([
  [signedOut(), "Your session has ended. Sign in again to go on.", true],
  [new ApiError(400, "invalid", "Shorten the note."), "Shorten the note.", false],
])("a refusal is told and not tried again by itself: %s", async (error, words, isSignedOut) => {
  const session = await sit();
  server.refuse("saveNotes", error);
  await write(session, "No");
  expect([session.words, session.isSignedOut]).toEqual([words, isSignedOut]);
  await pass(60_000);
  expect(server.askedOf("notes").length).toBe(1);
  session.retry();
  await rest();
  expect(server.notes.get(101)?.length).toBe(1);
});

test("a note that a lost visit could not send is back, and is sent", async () => {
  const first = await sit();
  server.now.isAway = true;
  await write(first, "Kept");
  await lose(first);
  const second = await sit();
  expect([texts(second), server.notes.get(101)?.map(({ text }) => text)]).toEqual([["Kept"], ["Kept"]]);
});

test("a note that could not be sent goes with the photo; if it cannot, neither does the photo", async () => {
  const session = await sit();
  label(session);
  server.refuse("saveNotes", offline(), new ApiError(400, "invalid", "Shorten the note."));
  await write(session, "Long");
  void session.submission.submit();
  await pass(500);
  expect([session.words, server.handedIn]).toEqual(["Not submitted. Shorten the note.", []]);
  void session.submission.submit();
  await pass(500);
  await opened(session);
  expect([server.notes.has(101), server.handedIn, texts(session)]).toEqual([true, [101], []]);
});

test("another photo has its own notes; a draft of the one before is given up", async () => {
  const session = await sit();
  await write(session, "Of the first");
  session.notes.pinAt(session.editor.camera);
  void session.open(2, "push");
  await opened(session);
  expect([texts(session), session.notes.draft, pins(session)]).toEqual([[], null, []]);
});
