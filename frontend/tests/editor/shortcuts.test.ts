import { expect, test } from "vitest";
import { commandOf, holderOf, keyOf, rebound, SHORTCUTS, useKeys } from "../../src/editor/shortcuts";

const pressed = (key: string, code = "") => ({ key, code }) as KeyboardEvent;

test("every key has one command", () => {
  const chords = SHORTCUTS.flatMap(({ keys }) => keys);
  expect(chords.length).toBe(new Set(chords).size);
});

test("a moved key does what it was moved to, and its old place does nothing", () => {
  useKeys({ loupe: "k" });
  expect([commandOf(pressed("k")), commandOf(pressed("l")), keyOf("loupe")]).toEqual(["loupe", null, "K"]);
  useKeys({});
  expect([commandOf(pressed("k")), commandOf(pressed("l")), keyOf("undo")]).toEqual([
    null,
    "loupe",
    "Ctrl+Z",
  ]);
});

test("a key that another command took is lost to its usual one", () => {
  const strip = rebound({ loupe: "r" }).find(({ command }) => command === "strip");
  expect(strip?.keys).toEqual([]);
});

test("the holder of a key is named, also after moves", () => {
  expect(holderOf("r", {})).toBe("strip");
  expect(holderOf("r", { strip: "k" })).toBe(null);
  expect(holderOf("k", { strip: "k" })).toBe("strip");
});
