import { expect, test } from "vitest";
import { chordOf } from "../../src/model/chord";

interface Press {
  key: string;
  code: string;
  held?: readonly ("Shift" | "Control" | "Alt" | "Meta" | "AltGraph")[];
}

function chord({ key, code, held = [] }: Press): string {
  return chordOf({
    key,
    code,
    shiftKey: held.includes("Shift"),
    ctrlKey: held.includes("Control"),
    altKey: held.includes("Alt"),
    metaKey: held.includes("Meta"),
    getModifierState: (name: string) => held.includes(name as "Shift"),
  } as KeyboardEvent);
}

const PRESSES: readonly [string, Press, string][] = [
  ["a letter", { key: "Z", code: "KeyZ", held: ["Control", "Shift"] }, "Ctrl+Shift+z"],
  ["the command key of a Mac", { key: "z", code: "KeyZ", held: ["Meta"] }, "Ctrl+z"],
  ["the space bar", { key: " ", code: "Space" }, "Space"],
  ["a digit with Shift", { key: "!", code: "Digit1", held: ["Shift"] }, "Shift+1"],
  ["a French digit", { key: "é", code: "Digit2" }, "2"],
  ["a sign with Shift", { key: "?", code: "Slash", held: ["Shift"] }, "?"],
  ["a digit of the number pad", { key: "4", code: "Numpad4" }, "4"],
  ["the number pad that moves", { key: "ArrowLeft", code: "Numpad4" }, "ArrowLeft"],
  ["a German bracket on Windows", { key: "[", code: "Digit8", held: ["Control", "Alt", "AltGraph"] }, "["],
  ["a German bracket on Linux", { key: "]", code: "Digit9", held: ["AltGraph"] }, "]"],
  ["a German bracket on a Mac", { key: "[", code: "Digit5", held: ["Alt"] }, "["],
  ["a Swiss square on Linux", { key: "²", code: "Digit2", held: ["AltGraph"] }, "²"],
  ["a Polish letter", { key: "ś", code: "KeyS", held: ["AltGraph"] }, "ś"],
  ["a dead grave of US-International", { key: "Dead", code: "Backquote" }, "`"],
  ["a dead grave of a German keyboard", { key: "Dead", code: "Equal", held: ["Shift"] }, "`"],
  ["a dead acute", { key: "Dead", code: "Equal" }, "Dead"],
];

test.each(PRESSES)("%s", (_, press, wanted) => {
  expect(chord(press)).toBe(wanted);
});
