import { expect, test } from "vitest";
import { commandOf, holderOf, keyOf, rebound, SHORTCUTS, useKeys } from "../../src/editor/shortcuts";

const pressed = (key: string, code = "", more: Partial<KeyboardEvent> = {}) =>
  ({ key, code, shiftKey: false, altKey: false, getModifierState: () => false, ...more }) as KeyboardEvent;

test("every key has one command", () => {
  const chords = SHORTCUTS.flatMap(({ keys }) => keys);
  expect(chords.length).toBe(new Set(chords).size);
});

test("a moved key does what it was moved to, and its old place does nothing", () => {
  useKeys({ loupe: "k" });
  expect([commandOf(pressed("k")), commandOf(pressed("l")), keyOf("loupe")]).toEqual(["loupe", null, "K"]);
  useKeys({});
  expect([commandOf(pressed("k")), commandOf(pressed("l")), keyOf("undo")]).toEqual([
    "click-tool",
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

test("keys are found by their chords", () => {
  expect(commandOf(pressed("!", "Digit1", { shiftKey: true }))).toBe("vote-good");
  expect(commandOf(pressed("1", "Numpad1"))).toBe("level-1");
  expect(commandOf(pressed("Z", "KeyZ", { ctrlKey: true, shiftKey: true }))).toBe("redo");
  expect(commandOf(pressed("?", "Slash", { shiftKey: true }))).toBe("sheet");
  expect(commandOf(pressed("+", "Equal", { shiftKey: true }))).toBe("zoom-in");
  expect(commandOf(pressed("c", "KeyC", { ctrlKey: true }))).toBeNull();
});

test("what AltGr writes with a digit's key is no level", () => {
  const altGr = { getModifierState: (name: string) => name === "AltGraph" };
  expect(commandOf(pressed("[", "Digit8", altGr))).toBe("fainter");
  expect(commandOf(pressed("]", "Digit9", altGr))).toBe("stronger");
  expect(commandOf(pressed("³", "Digit3", altGr))).toBeNull();
});
