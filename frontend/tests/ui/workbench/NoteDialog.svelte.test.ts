import { expect, test } from "vitest";
import NoteDialog from "../../../src/ui/workbench/NoteDialog.svelte";
import type { NoteBook } from "../../../src/ui/workbench/notebook.svelte";
import { button, click, fill, isThere, one, press, settled, show, words } from "../page";
import { task } from "../samples";
import { server } from "../server";
import { atBench, sit } from "./bench";

atBench();

async function open(isOld = false): Promise<NoteBook> {
  server.now.tasks = [task(1, { notes: [{ id: "n", x: 16, y: 16, text: "The wing?" }] })];
  const { notes, editor } = await sit();
  if (isOld) notes.show(notes.list[0] as never);
  else notes.pinAt(editor.camera);
  show(NoteDialog, { notes });
  one("textarea").focus();
  await settled();
  return notes;
}

const texts = (notes: NoteBook) => notes.list.map(({ text }) => text);

test("a new note wants words, and says how many are left", async () => {
  await open();
  expect([words("h2"), button("Keep it Enter").disabled, isThere("Delete it")]).toEqual([
    "Pin a note here",
    true,
    false,
  ]);
  await fill("textarea", "Look");
  expect([words(".hint"), button("Keep it Enter").disabled]).toEqual([
    "496 characters left. Shift+Enter begins a new line.",
    false,
  ]);
});

test("Enter keeps it; with Shift it begins a line", async () => {
  const notes = await open();
  await fill("textarea", "Look");
  expect([await press("Enter", { shiftKey: true }), texts(notes)]).toEqual([false, ["The wing?"]]);
  expect([await press("Enter"), texts(notes)]).toEqual([true, ["The wing?", "Look"]]);
});

test("a note that was written before is changed or deleted", async () => {
  const notes = await open(true);
  expect([words("h2"), one<HTMLTextAreaElement>("textarea").value]).toEqual(["Change the note", "The wing?"]);
  await fill("textarea", "The other wing?");
  await click("Keep it Enter");
  expect(texts(notes)).toEqual(["The other wing?"]);
  notes.show(notes.list[0] as never);
  await click("Delete it");
  expect([texts(notes), notes.draft]).toEqual([[], null]);
});

test("who cancels changes nothing", async () => {
  const notes = await open(true);
  await fill("textarea", "Something else");
  await click("Cancel");
  expect([texts(notes), notes.draft]).toEqual([["The wing?"], null]);
});
