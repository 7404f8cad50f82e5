import { beforeEach, expect, test } from "vitest";
import { useKeys } from "../../../src/editor/shortcuts";
import KeySheet from "../../../src/ui/workbench/KeySheet.svelte";
import { all, click, lines, one, settled, show, words } from "../page";

async function open(): Promise<void> {
  show(KeySheet, { open: true });
  await settled();
}

/** The keys that are drawn beside what they do. */
const keysOf = (does: string) =>
  [
    ...(all("dl > div")
      .find((each) => words(each.querySelector("dd") as Element) === does)
      ?.querySelectorAll("kbd") ?? []),
  ].map((key) => key.textContent);

beforeEach(() => useKeys({}));

test("the keys stand in groups beside what they do", async () => {
  await open();
  expect([words("h2"), lines("h3")]).toEqual(["Keys", ["Labels", "Draw", "Edit", "Look", "Go on"]]);
  expect([keysOf("Redo"), keysOf("Vote: OK"), keysOf("Move by 1 px, with Shift by 10")]).toEqual([
    ["Ctrl", "Shift", "Z"],
    ["Shift", "2"],
    ["←", "→", "↑", "↓"],
  ]);
});

test("a person's own keys stand there in place of the usual ones", async () => {
  useKeys({ fills: "z" });
  await open();
  expect([keysOf("Fill the levels"), keysOf("Whole photo, then 1:1; a small one fills the screen")]).toEqual([
    ["Z"],
    [],
  ]);
});

test("it is closed by its button", async () => {
  await open();
  await click("Close");
  expect(one<HTMLDialogElement>("dialog").open).toBe(false);
});
