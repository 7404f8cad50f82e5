import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { rampStop, readPalette } from "../../src/editor/palette";

const SHEET = readFileSync(new URL("../../src/styles/tokens.css", import.meta.url), "utf8");

/** The value that the token sheet gives a token at first. */
const tokenOf = (name: string) => new RegExp(`\\s${name}:([^;]+);`).exec(SHEET)?.[1] ?? "";

test("every colour of the canvas is a token of the sheet", () => {
  vi.stubGlobal("getComputedStyle", () => ({ getPropertyValue: tokenOf }));
  const { ramp, ...others } = readPalette({} as Element);
  expect([ramp.length, new Set(ramp).size]).toEqual([8, 8]);
  expect(ramp.every((colour) => /^#[0-9a-f]{6}$/.test(colour))).toBe(true);
  expect(Object.entries(others).filter(([, token]) => token === "" || token !== token.trim())).toEqual([]);
  expect(others.font.startsWith('"Inter Variable"')).toBe(true);
});

test("the levels of a project are spread over the whole ramp", () => {
  const stops = (count: number) => Array.from({ length: count }, (_, level) => rampStop(level, count));
  expect([stops(2), stops(4), stops(8)]).toEqual([
    [0, 7],
    [0, 2, 5, 7],
    [0, 1, 2, 3, 4, 5, 6, 7],
  ]);
  expect(rampStop(0, 1)).toBe(0);
});
