import { beforeEach, expect, test } from "vitest";
import { takeTwinKeys } from "../../src/ui/twinkeys";

let clicked: string[] = [];

const page = document.createElement("div"); // one for all tests: its keys are taken once
page.innerHTML = `
  <ul class="notices"><li><form><button type="button" id="undo"></button></form></li></ul>
  <input type="checkbox" name="keep" id="one"><input type="checkbox" name="keep" id="two">
  <button type="button" data-key="Enter" id="enter"></button><button type="button" data-key="a" id="all"></button>
  <a data-key="n" id="skip"></a><input type="text" id="typed">`;
const element = (id: string) => page.querySelector(`#${id}`) as HTMLInputElement;
takeTwinKeys(page);
document.addEventListener("click", ({ target }) => clicked.push((target as Element).id));

beforeEach(() => {
  clicked = [];
  document.body.replaceChildren(page);
  element("one").checked = true;
  element("two").checked = false;
});

/** Press a key in an element; whether it was taken. */
function press(key: string, where = "one", more: KeyboardEventInit = {}): boolean {
  const code = /[0-9]/.test(key) ? `Digit${key}` : "";
  const press = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more });
  return !element(where).dispatchEvent(press);
}

test("a digit keeps that photo alone, and one of no photo does nothing", () => {
  expect([press("2"), press("3")]).toEqual([true, false]);
  expect([element("one").checked, element("two").checked]).toEqual([false, true]);
  expect(document.activeElement).toBe(element("two"));
});

test("arrows go round the photos, also from beside them", () => {
  for (const [key, from, to] of [
    ["ArrowRight", "one", "two"],
    ["ArrowRight", "two", "one"],
    ["ArrowLeft", "one", "two"],
    ["ArrowRight", "all", "one"],
  ] as const) {
    press(key, from);
    expect(document.activeElement).toBe(element(to));
  }
});

test("letters and Enter press what bears them, U and Ctrl+Z the undo", () => {
  for (const key of ["Enter", "a", "n", "u"]) press(key);
  press("z", "one", { ctrlKey: true });
  expect(clicked).toEqual(["enter", "all", "skip", "undo", "undo"]);
});

test("what is typed, held down, of no meaning, or Enter on another button is not taken", () => {
  expect([
    press("a", "typed"),
    press("Enter", "one", { repeat: true }),
    press("x"),
    press("Enter", "all"),
  ]).toEqual([false, false, false, false]);
  expect(clicked).toEqual([]);
});
