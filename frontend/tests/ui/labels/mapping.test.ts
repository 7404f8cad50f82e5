import { describe, expect, it } from "vitest";
import type { LabelReport } from "../../../src/ui/labels/calls";
import { choiceOf, countsOf, levelOf, mappingOf, pathOf } from "../../../src/ui/labels/mapping";

const report = {
  shape_names: [
    { name: "soft", count: 5 },
    { name: "softer", count: 1 },
    { name: "crowd", count: 1 },
    { name: "motion", count: 1 },
  ],
  photo_names: [{ name: "fine", count: 2 }],
  authors: [{ name: "anna", maps: 3, votes: 2, rows: 3 }],
  patterns: [
    { shapes: ["soft", "softer"], photo: ["fine"], drawing: "shapes", rows: 2 },
    { shapes: ["crowd"], photo: [], drawing: "shapes", rows: 3 },
    { shapes: [], photo: [], drawing: "empty", rows: 10 },
    { shapes: [], photo: ["fine"], drawing: "nothing", rows: 100 },
  ],
} as unknown as LabelReport;

const mapping = {
  levels: { soft: 1, softer: 2 },
  kinds: { motion: "motion" },
  unlabelled: ["crowd"],
  votes: { fine: "good" },
  authors: { anna: "rosa" },
  rest: 0,
  takes_higher: true,
  empty_is_labelled: true,
  vote_of_maps: "",
};

describe("a choice", () => {
  it("is the mapping that it came from", () => {
    expect(mappingOf(choiceOf(report, mapping))).toEqual(mapping);
  });

  it("of nothing means nothing", () => {
    const choice = choiceOf(report, {});
    expect(choice.shapes).toEqual({ soft: "", softer: "", crowd: "", motion: "" });
    expect(countsOf(report, choice)).toEqual({ maps: 0, votes: 0 });
  });
});

describe("what comes in", () => {
  it("counts rows whose areas have a level, empty photos where there is a rest, and votes", () => {
    expect(countsOf(report, choiceOf(report, mapping))).toEqual({ maps: 12, votes: 102 });
  });

  it("counts no empty photos without a rest, or where they are not labelled", () => {
    expect(countsOf(report, choiceOf(report, { ...mapping, rest: null })).maps).toBe(2);
    expect(countsOf(report, choiceOf(report, { ...mapping, empty_is_labelled: false })).maps).toBe(2);
  });

  it("counts a vote for each map where one is chosen for those without", () => {
    expect(countsOf(report, choiceOf(report, { ...mapping, votes: {}, vote_of_maps: "bad" }))).toEqual({
      maps: 12,
      votes: 12,
    });
  });
});

describe("the level of an area", () => {
  it("is the highest of its names, or none where that is not wanted", () => {
    expect(levelOf(["soft", "softer"], choiceOf(report, mapping))).toBe(2);
    expect(levelOf(["soft", "softer"], choiceOf(report, { ...mapping, takes_higher: false }))).toBe(null);
  });

  it("is none where nobody labelled it or its names mean nothing", () => {
    expect(levelOf(["soft", "crowd"], choiceOf(report, mapping))).toBe(null);
    expect(levelOf(["motion"], choiceOf(report, mapping))).toBe(null);
  });
});

it("draws rings as one path", () => {
  expect(
    pathOf([
      [0, 0, 4, 0, 4, 4],
      [1, 1, 2, 1, 2, 2],
    ]),
  ).toBe("M0 0L4 0L4 4ZM1 1L2 1L2 2Z");
});
