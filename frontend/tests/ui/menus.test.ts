import { beforeEach, expect, test } from "vitest";
import { closeMenus } from "../../src/ui/menus";

const menus = () => [...document.querySelectorAll("details")];
const isOpen = () => menus().map(({ open }) => open);
closeMenus(document);

beforeEach(() => {
  const menu = "<details class=menu open><summary>Menu</summary><a>Entry</a></details>";
  document.body.innerHTML = `${menu}${menu}<details open><summary>More</summary></details><p>Page</p>`;
});

test.each([
  ["p", [false, false, true]],
  ["details.menu a", [true, false, true]],
])("a click on %s closes the menus that it is not in", (selector, open) => {
  const target = document.querySelector(selector) as HTMLElement;
  target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(isOpen()).toEqual(open);
});

test("Escape closes the menus and gives the focus back to their head", () => {
  (menus()[1] as HTMLDetailsElement).open = false;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(isOpen()).toEqual([false, false, true]);
  expect(document.activeElement?.textContent).toBe("Menu");
});

test("other keys close nothing", () => {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
  expect(isOpen()).toEqual([true, true, true]);
});
