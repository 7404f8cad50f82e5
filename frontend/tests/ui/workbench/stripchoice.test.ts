import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StripChoice } from "../../../src/ui/workbench/stripchoice.svelte";

function onScreen(isRoomy: boolean): StripChoice {
  const query = { matches: isRoomy, addEventListener: () => {}, removeEventListener: () => {} };
  vi.stubGlobal("matchMedia", () => query);
  return new StripChoice();
}

beforeEach(() => localStorage.clear());
afterEach(() => vi.unstubAllGlobals());

test("where there is room the photos at hand are shown until they are hidden, and that is remembered", () => {
  const choice = onScreen(true);
  expect(choice.isShown).toBe(true);
  choice.toggle();
  expect([choice.isShown, onScreen(true).isShown]).toEqual([false, false]);
});

test("on a small screen they are hidden until they are asked for, and on the next visit again", () => {
  const choice = onScreen(false);
  expect(choice.isShown).toBe(false);
  choice.toggle();
  expect([choice.isShown, onScreen(false).isShown]).toEqual([true, false]);
});
