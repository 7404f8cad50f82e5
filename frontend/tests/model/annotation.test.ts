import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMPTY, InvalidDocument, paintingOrder, parseDocument, topZ } from "../../src/model/annotation";
import { documents, LEVELS } from "./documents";

const region = { id: "a", level: 1, kind: "defocus", rings: [[0, 0, 160, 0, 160, 160]], z: 0 };

function refusal(raw: unknown): string | null {
  try {
    parseDocument(raw, LEVELS);
  } catch (error) {
    if (error instanceof InvalidDocument) return error.where;
    throw error;
  }
  return "accepted";
}

describe("parseDocument", () => {
  test("what is written is read back", () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(parseDocument(JSON.parse(JSON.stringify(document)), LEVELS)).toEqual(document);
      }),
    );
  });

  test.each([
    ["a list", [], null],
    ["an unknown key", { base: 0, regions: [], note: "" }, null],
    ["a level the project does not have", { base: 4, regions: [] }, "base"],
    [
      "a fraction",
      { base: 0, regions: [{ ...region, rings: [[0, 0, 1.5, 0, 9, 9]] }] },
      "regions[0].rings[0][2]",
    ],
    ["two points", { base: 0, regions: [{ ...region, rings: [[0, 0, 1, 1]] }] }, "regions[0].rings[0]"],
    ["no ring", { base: 0, regions: [{ ...region, rings: [] }] }, "regions[0].rings"],
    ["an id twice", { base: 0, regions: [region, region] }, "regions[1].id"],
    ["a kind nobody knows", { base: 0, regions: [{ ...region, kind: "bokeh" }] }, "regions[0].kind"],
    [
      "a ring of 4,001 points",
      { base: 0, regions: [{ ...region, rings: [Array(8002).fill(0)] }] },
      "regions[0].rings[0]",
    ],
    ["a missing z", { base: 0, regions: [{ ...region, z: undefined }] }, "regions[0].z"],
  ])("refuses %s and says where", (_, raw, where) => {
    expect(refusal(raw)).toBe(where);
  });
});

test("regions are painted by z, then by id", () => {
  const stack = [
    { ...region, id: "b", z: 1 },
    { ...region, id: "a", z: 1 },
    { ...region, id: "c", z: 0 },
  ];
  const document = parseDocument({ base: null, regions: stack }, LEVELS);
  expect(paintingOrder(document).map(({ id }) => id)).toEqual(["c", "a", "b"]);
  expect(topZ(document)).toBe(2);
  expect(topZ(EMPTY)).toBe(0);
});
