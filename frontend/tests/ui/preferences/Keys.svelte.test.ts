import { expect, test } from "vitest";
import Keys from "../../../src/ui/preferences/Keys.svelte";
import { all, button, click, isPressed, lines, nameOf, press, settled, show, words } from "../page";
import { ApiError, server } from "../server";

async function open(keys: Record<string, string> = {}): Promise<void> {
  show(Keys, { keys });
  await settled();
}

const said = () => (all(".keys-said span")[0] ? words(".keys-said span") : "");
const isError = () => all(".keys-said .error").length === 1;
/** The keys that stand in the line of an action. */
const keysOf = (action: string) =>
  words(all("tbody tr").find((row) => words(row.querySelector("th") as Element) === action)?.children[1]);

test("the keys stand in groups, as on the sheet; those that are several at once cannot be moved", async () => {
  await open();
  expect(lines("caption")).toEqual(["Labels", "Draw", "Edit", "Look", "Go on"]);
  expect([
    keysOf("Undo"),
    keysOf("Level of the next region; with Q of the chosen one"),
    keysOf("Next region; Shift: previous"),
  ]).toEqual(["Key for Undo: CtrlZ", "0123…", "Tab"]);
  expect(all(".keys-reset button").length).toBe(0);
});

test("a chosen key waits for another, which is saved and told", async () => {
  await open();
  await click("Key for Fill the levels: F");
  expect([said(), isPressed("Key for Fill the levels: Press a key")]).toEqual([
    "Press the new key for “Fill the levels”; Esc keeps the old one.",
    true,
  ]);
  expect(await press("Shift")).toBe(false); // a key of its own it is not
  expect(await press("y")).toBe(true);
  expect([server.keys, said(), isError()]).toEqual([
    { fills: "y" },
    "Saved: y is now “Fill the levels”.",
    false,
  ]);
  expect(keysOf("Fill the levels")).toBe("Key for Fill the levels: Y");
});

test("keys moved in haste are saved one after the other; what is refused is as it is saved", async () => {
  await open();
  const release = server.hold("saveKeys");
  for (const [name, key] of [
    ["Key for Fill the levels: F", "y"],
    ["Key for Undo: CtrlZ", "F2"],
  ] as const) {
    await click(name);
    await press(key);
  }
  expect(server.askedOf("keys").length).toBe(1);
  server.refuse("saveKeys", null, new ApiError(400, "invalid", "Not this one."));
  release();
  await settled();
  await settled();
  expect([server.keys, said(), isError()]).toEqual([{ fills: "y" }, "Not this one.", true]);
  expect([keysOf("Fill the levels"), keysOf("Undo")]).toEqual([
    "Key for Fill the levels: Y",
    "Key for Undo: CtrlZ",
  ]);
});

test("Undo brings the keys of before back", async () => {
  await open({ undo: "F2" });
  await click("Key for Fill the levels: F");
  await press("y");
  await click("Undo");
  expect([server.keys, said()]).toEqual([{ undo: "F2" }, "The keys are as before."]);
});

test.each([
  ["Escape", {}, "The key stays as it was.", false],
  ["f", {}, "The key stays as it was.", false],
  ["Enter", {}, "Enter cannot be moved: it is how the page is used.", true],
  [
    "z",
    {},
    "z is already the key for “Whole photo, then 1:1; a small one fills the screen”. Move that one first.",
    true,
  ],
  ["z", { ctrlKey: true }, "Ctrl+z is already the key for “Undo”. Move that one first.", true],
])("%s with %j moves nothing", async (key, more, words, isWrong) => {
  await open();
  await click("Key for Fill the levels: F");
  await press(key, more);
  expect([said(), isError(), server.asked]).toEqual([words, isWrong, []]);
  expect(keysOf("Fill the levels")).toBe("Key for Fill the levels: F");
});

test("while no key is being chosen, keys are the browser's", async () => {
  await open();
  expect([await press("y"), said()]).toEqual([false, ""]);
});

test("a moved key goes back to the usual one, alone or with all others", async () => {
  await open({ fills: "y", undo: "F2" });
  await click("Usual key for Fill the levels");
  expect([server.keys, said()]).toEqual([
    { undo: "F2" },
    "Saved: “Fill the levels” has its usual key again.",
  ]);
  await click("All keys as usual");
  expect([server.keys, said(), button("All keys as usual").disabled]).toEqual([
    {},
    "All keys are as usual again.",
    true,
  ]);
});

test("a usual key that another action has now is not taken from it", async () => {
  await open({ fills: "y", sharpness: "f" });
  await click("Usual key for Fill the levels");
  expect([said(), isError(), server.asked]).toEqual([
    "f is already the key for “How sharp the photo is, measured”. Move that one first.",
    true,
    [],
  ]);
});

test("what is not saved is as before, and the reason is told", async () => {
  await open();
  server.refuse("saveKeys", new ApiError(400, "invalid", "This key is reserved."), new Error("?"));
  for (const words of ["This key is reserved.", "Not saved."]) {
    await click("Key for Fill the levels: F");
    await press("y");
    expect([said(), isError(), keysOf("Fill the levels")]).toEqual([
      words,
      true,
      "Key for Fill the levels: F",
    ]);
  }
  expect(all(".keys-reset button").map(nameOf)).toEqual([]);
});
