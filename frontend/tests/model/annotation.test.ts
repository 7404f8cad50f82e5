import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bottomZ,
  EMPTY,
  InvalidDocument,
  isSameRegion,
  paintingOrder,
  parseDocument,
  type Region,
  topZ,
  vertexCount,
} from "../../src/model/annotation";
import { documents, LEVELS } from "./documents";
import { box, region as shape } from "./shapes";

const region = { id: "a", level: 1, kind: "defocus", rings: [[0, 0, 160, 0, 160, 160]], z: 0 };
const of = (over: Record<string, unknown>) => ({ base: 0, regions: [{ ...region, ...over }] });

/** The refusal of a document: where, and in which words; null where it is taken. */
function refusal(raw: unknown): [string | null, string] | null {
  try {
    parseDocument(raw, LEVELS);
  } catch (error) {
    if (error instanceof InvalidDocument) return [error.where, error.detail];
    throw error;
  }
  return null;
}

describe("parseDocument", () => {
  test("what is written is read back", () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(parseDocument(JSON.parse(JSON.stringify(document)), LEVELS)).toEqual(document);
      }),
    );
  });

  const from = (low: number, high: number) => `Use a whole number from ${low} to ${high}.`;
  const AN_ID = "Use 1 to 64 letters, digits, or any of _ . : - as the id.";
  const A_KIND = "Use one of these kinds: defocus, motion, shake, unknown.";
  const PAIRS = "Write a ring as x, y pairs of at least three points.";
  test.each([
    ["a list", [], null, "Send an object with base, regions."],
    ["nothing", null, null, "Send an object with base, regions."],
    ["a number", 7, null, "Send an object with base, regions."],
    ["an unknown key", { base: 0, regions: [], note: "" }, null, "Remove the unknown 'note'."],
    ["no base", { regions: [] }, null, "Add the missing 'base'."],
    ["a base of its prototype", Object.create({ base: 0, regions: [] }), null, "Add the missing 'base'."],
    ["a level the project does not have", { base: 4, regions: [] }, "base", from(0, 3)],
    ["a base in words", { base: "0", regions: [] }, "base", from(0, 3)],
    ["regions that are no list", { base: 0, regions: {} }, "regions", "Send a list of regions."],
    [
      "a region that is no object",
      { base: 0, regions: [7] },
      "regions[0]",
      "Send an object with id, level, kind, rings, z.",
    ],
    [
      "a region without a z",
      { base: 0, regions: [{ ...region, z: undefined }] },
      "regions[0].z",
      from(-2147483647, 2147483647),
    ],
    [
      "an id twice",
      { base: 0, regions: [region, region] },
      "regions[1].id",
      "Give each region its own id; 'a' is used twice.",
    ],
    ["an empty id", of({ id: "" }), "regions[0].id", AN_ID],
    ["an id of 65 signs", of({ id: "x".repeat(65) }), "regions[0].id", AN_ID],
    ["an id with a space", of({ id: "a b" }), "regions[0].id", AN_ID],
    ["an id that goes on in a next line", of({ id: "a\n" }), "regions[0].id", AN_ID],
    ["a number as an id", of({ id: 7 }), "regions[0].id", AN_ID],
    ["a kind nobody knows", of({ kind: "bokeh" }), "regions[0].kind", A_KIND],
    ["a region's level below all", of({ level: -1 }), "regions[0].level", from(0, 3)],
    ["a region without a level", of({ level: null }), "regions[0].level", from(0, 3)],
    ["a z beyond 31 bits", of({ z: 2 ** 31 }), "regions[0].z", from(-2147483647, 2147483647)],
    [
      "no ring",
      of({ rings: [] }),
      "regions[0].rings",
      "Give the region at least one ring, or leave the region out.",
    ],
    ["two points", of({ rings: [[0, 0, 1, 1]] }), "regions[0].rings[0]", PAIRS],
    ["half a point", of({ rings: [[0, 0, 9, 0, 9, 9, 0]] }), "regions[0].rings[0]", PAIRS],
    [
      "a fraction",
      of({ rings: [[0, 0, 1.5, 0, 9, 9]] }),
      "regions[0].rings[0][2]",
      from(-16777216, 16777216),
    ],
    [
      "a place a million pixels off",
      of({ rings: [[0, 0, 2 ** 24 + 1, 0, 9, 9]] }),
      "regions[0].rings[0][2]",
      from(-16777216, 16777216),
    ],
    [
      "not a number",
      of({ rings: [[0, 0, Number.NaN, 0, 9, 9]] }),
      "regions[0].rings[0][2]",
      from(-16777216, 16777216),
    ],
    [
      "a ring of 4,001 points",
      of({ rings: [Array(8002).fill(0)] }),
      "regions[0].rings[0]",
      "Send at most 8000 numbers here; these are 8002.",
    ],
    [
      "5,001 regions",
      { base: 0, regions: Array.from({ length: 5001 }, (_, i) => ({ ...region, id: `${i}` })) },
      "regions",
      "Send at most 5000 regions here; these are 5001.",
    ],
    [
      "200,001 points",
      of({ rings: [...Array(50).fill(Array(7994).fill(0)), Array(302).fill(0)] }),
      "regions",
      "Simplify the outlines: a photo may have 200000 points.",
    ],
  ])("refuses %s, says where and what to do", (_, raw, where, words) => {
    expect(refusal(raw)).toEqual([where, words]);
  });

  test("says the place before the words, and an unknown key no longer than a line", () => {
    expect(() => parseDocument(of({ id: "" }), LEVELS)).toThrow(/^regions\[0\]\.id: Use 1 to 64/);
    expect(refusal({ base: 0, regions: [], ["x".repeat(100)]: 1 })?.[1]).toBe(
      `Remove the unknown '${"x".repeat(40)}'.`,
    );
  });

  test.each([
    ["no base", { base: null, regions: [] }],
    ["the highest level", of({ level: 3 })],
    ["an id of 64 signs, with all that are allowed", of({ id: `aZ0_.:-${"x".repeat(57)}` })],
    ["the outermost places", of({ rings: [[-(2 ** 24), 0, 2 ** 24, 0, 0, 2 ** 24]] })],
    ["a ring of 4,000 points", of({ rings: [Array(8000).fill(0)] })],
    ["the lowest z", of({ z: -(2 ** 31 - 1) })],
  ])("takes %s", (_, raw) => {
    expect(parseDocument(raw, LEVELS)).toEqual(raw);
  });
});

describe("the painter's stack", () => {
  const stack: Region[] = [shape("b", { z: 1 }), shape("a", { z: 1 }), shape("c", { z: -2 })];
  const document = { base: null, regions: stack };

  test("is painted by z, then by id, and left as it is", () => {
    expect(paintingOrder(document).map(({ id }) => id)).toEqual(["c", "a", "b"]);
    expect(document.regions.map(({ id }) => id)).toEqual(["b", "a", "c"]);
  });

  test("has a place above all and one below", () => {
    expect([topZ(document), bottomZ(document)]).toEqual([2, -3]);
    expect([topZ(EMPTY), bottomZ(EMPTY)]).toEqual([0, 0]);
  });

  test("counts the corners of all rings", () => {
    expect(vertexCount([shape("a", { rings: [box(0, 0, 9, 9), [0, 0, 9, 0, 9, 9]] }), shape("b")])).toBe(11);
    expect(vertexCount([])).toBe(0);
  });
});

describe("two regions say the same", () => {
  const { id, level, kind, rings, z } = shape("a");
  test.each([
    ["whatever the order of their keys", { z, rings, kind, level, id }, true],
    ["whatever else a browser extension put there", { ...shape("a"), note: 1 } as Region, true],
    ["but not with another level", shape("a", { level: 3 }), false],
    ["but not with a corner moved", shape("a", { rings: [box(10, 10, 60, 51)] }), false],
    [
      "but not with the ring begun elsewhere",
      shape("a", { rings: [[960, 160, 960, 800, 160, 800, 160, 160]] }),
      false,
    ],
    ["but not where one is missing", null, false],
  ])("%s", (_, other, expected) => {
    expect([isSameRegion(shape("a"), other), isSameRegion(other, shape("a"))]).toEqual([expected, expected]);
  });

  test("where both are missing", () => {
    expect(isSameRegion(null, null)).toBe(true);
  });
});
