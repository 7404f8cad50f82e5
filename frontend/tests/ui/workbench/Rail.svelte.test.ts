import { expect, test } from "vitest";
import { useKeys } from "../../../src/editor/shortcuts";
import Rail from "../../../src/ui/workbench/Rail.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { all, button, click, isPressed, nameOf, settled, show } from "../page";
import { server } from "../server";
import { atBench, draw, sit } from "./bench";

atBench();

async function open(keys: Record<string, string> = {}): Promise<Session> {
  const session = await sit();
  useKeys(keys);
  show(Rail, { session, run: (command: string) => session.editor.run(command as never) });
  await settled();
  return session;
}

test("each button is called by what it does and its key, the person's own where they moved it", async () => {
  await open({ "brush-tool": "F2" });
  expect(all("button").map(nameOf)).toEqual([
    "Select and edit (Q)",
    "Outline (P)",
    "Split (S)",
    "Brush (F2)",
    "Eraser (E)",
    "Sharpness wand (W)",
    "Thing by clicks (K)",
    "Move the photo (Space with a drag)",
    "Undo (Ctrl+Z)",
    "Redo (Ctrl+Shift+Z)",
    "Zoom in (+)",
    "Zoom out (-)",
    "Whole photo, 1:1 or filling (Z)",
    "Samples of each level (R)",
    "How sharp it is, measured (H)",
    "Fill the levels (F)",
    "Keys (?)",
  ]);
});

test("the tool in hand is pressed, and what lies over the photo", async () => {
  await open();
  expect([isPressed("Outline (P)"), isPressed("Brush (B)")]).toEqual([true, false]);
  await click("Brush (B)");
  await click("Fill the levels (F)");
  expect([isPressed("Outline (P)"), isPressed("Brush (B)"), isPressed("Fill the levels (F)")]).toEqual([
    false,
    true,
    true,
  ]);
  await click("How sharp it is, measured (H)"); // one thing at a time lies there
  expect(isPressed("Fill the levels (F)")).toBe(false);
});

test("undo and redo can be pressed where there is something to undo or redo", async () => {
  const session = await open();
  const off = () => [button("Undo (Ctrl+Z)").disabled, button("Redo (Ctrl+Shift+Z)").disabled];
  expect(off()).toEqual([true, true]);
  draw(session, "a");
  await settled();
  expect(off()).toEqual([false, true]);
  await click("Undo (Ctrl+Z)");
  expect([off(), session.document.regions.length]).toEqual([[true, false], 0]);
  await click("Redo (Ctrl+Shift+Z)");
  expect(session.document.regions.length).toBe(1);
});

test("without a photo only the keys can be looked up", async () => {
  server.now.tasks = [];
  await open();
  expect(all("button:not([disabled])").map(nameOf)).toEqual(["Keys (?)"]);
});
