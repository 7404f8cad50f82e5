import { afterEach, beforeEach, expect, test } from "vitest";
import { isForPage, isTyped } from "../../src/ui/pagekeys";

let pressed: KeyboardEvent;

const hear = (event: KeyboardEvent) => {
  pressed = event;
};

beforeEach(() => window.addEventListener("keydown", hear));
afterEach(() => {
  window.removeEventListener("keydown", hear);
  document.body.replaceChildren();
});

/** Press a key in the first element of the markup. */
function press(markup: string): KeyboardEvent {
  document.body.innerHTML = markup;
  document.body
    .querySelector("#here")
    ?.dispatchEvent(new KeyboardEvent("keydown", { key: "z", bubbles: true, cancelable: true }));
  return pressed;
}

test.each([
  "<input id=here>",
  "<textarea id=here></textarea>",
  "<select id=here></select>",
  "<div contenteditable><b id=here></b></div>",
])("in %s it is typed", (markup) => {
  expect([isTyped(press(markup)), isForPage(pressed)]).toEqual([true, false]);
});

test.each([
  "<p id=here></p>",
  "<button id=here></button>",
  "<input type=radio id=here>",
  "<input type=checkbox id=here>",
  "<dialog></dialog><p id=here></p>",
])("at %s it is the page's", (markup) => {
  expect([isTyped(press(markup)), isForPage(pressed)]).toEqual([false, true]);
});

test("while a dialog stands over the page, no key is the page's", () => {
  expect(isForPage(press("<dialog open></dialog><p id=here></p>"))).toBe(false);
});

test("a key that something else took is not the page's", () => {
  press("<p id=here></p>");
  pressed.preventDefault();
  expect(isForPage(pressed)).toBe(false);
});
