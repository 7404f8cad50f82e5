import { expect, test } from "vitest";
import { chordOf, commandOf, holderOf, keyOf, rebound, SHORTCUTS, useKeys } from "../../src/editor/shortcuts";

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

test("keys are read by their place on the keyboard, or by their sign where that says more", () => {
  const key = (key: string, code: string, more: Partial<KeyboardEvent> = {}) =>
    ({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more }) as KeyboardEvent;
  expect(commandOf(key("!", "Digit1", { shiftKey: true }))).toBe("vote-good");
  expect(commandOf(key("1", "Numpad1"))).toBe("level-1");
  expect(commandOf(key("Z", "KeyZ", { ctrlKey: true, shiftKey: true }))).toBe("redo");
  expect(commandOf(key("z", "KeyZ", { metaKey: true }))).toBe("undo");
  expect(commandOf(key("?", "Slash", { shiftKey: true }))).toBe("sheet");
  expect(commandOf(key("+", "Equal", { shiftKey: true }))).toBe("zoom-in");
  expect(chordOf(key(" ", "Space"))).toBe("Space");
  expect(commandOf(key("c", "KeyC", { ctrlKey: true }))).toBeNull();
});
