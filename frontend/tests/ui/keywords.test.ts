import { expect, test } from "vitest";
import { rebound, SHORTCUTS, type Shortcut } from "../../src/editor/shortcuts";
import { GROUP_WORDS, groupsOf, signsOf } from "../../src/ui/keywords";

const line = (keys: string[], sign?: string): Shortcut => ({
  keys,
  command: "undo",
  words: "",
  group: "Edit",
  ...(sign === undefined ? {} : { sign }),
});

test.each([
  [["z"], ["Z"]],
  [["Ctrl+Shift+z"], ["Ctrl", "Shift", "Z"]],
  [["+", "="], ["+"]],
  [["Escape"], ["Esc"]],
  [["Ctrl+ArrowRight"], ["Ctrl", "→"]],
  [["Space"], ["Space"]],
  [["F2"], ["F2"]],
  [[], []],
] as [string[], string[]][])("%j is drawn as the keys %j", (keys, signs) => {
  expect(signsOf(line(keys))).toEqual(signs);
});

test("keys that are several at once are drawn by their sign", () => {
  expect(signsOf(line(["PageUp"], "PageUp PageDown"))).toEqual(["PgUp", "PgDn"]);
  expect(signsOf(line(["0"], "0 1 2 3 …"))).toEqual(["0", "1", "2", "3", "…"]);
});

test("a key that was given away is drawn no more, the one that was moved is", () => {
  const moved = rebound({ undo: "g" });
  const signs = (command: string) =>
    signsOf(moved.find((shortcut) => shortcut.command === command) as Shortcut);
  expect([signs("undo"), signs("fill-rest")]).toEqual([["G"], []]);
});

test("each group of keys has a name and the lines that say something", () => {
  const groups = groupsOf(SHORTCUTS);
  expect(groups.map(([group]) => GROUP_WORDS[group])).toEqual(["Labels", "Draw", "Edit", "Look", "Go on"]);
  expect(groups.at(-1)?.[1].map(({ command }) => command)).toEqual([
    "finish",
    "skip",
    "last-photo",
    "forth-photo",
    "photos",
    "next-part",
    "sheet",
  ]);
  expect(groups.flatMap(([, lines]) => lines).filter(({ words }) => words === "")).toEqual([]);
});
