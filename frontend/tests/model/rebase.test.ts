import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Document, isSameRegion, type Region } from "../../src/model/annotation";
import { type Conflict, rebase, settled } from "../../src/model/rebase";
import { regionsById } from "../../src/model/store";
import { documents, sorted } from "./documents";
import { region } from "./shapes";

const stack = (...regions: Region[]): Document => ({ base: null, regions });
const levels = ({ regions }: Document) => regions.map(({ id, level }) => `${id}${level}`);
const [a1, a2, a3] = [1, 2, 3].map((level) => region("a", { level })) as [Region, Region, Region];
const [b1, b2] = [1, 2].map((level) => region("b", { level })) as [Region, Region];

describe("what both did comes together", () => {
  test.each([
    ["mine changed one, theirs another", stack(a1, b1), stack(a2, b1), stack(a1, b2), ["a2", "b2"]],
    ["each drew one", stack(), stack(a1), stack(b1), ["b1", "a1"]],
    ["mine deleted one, theirs drew one", stack(a1), stack(), stack(a1, b1), ["b1"]],
    ["theirs deleted one that mine left", stack(a1, b1), stack(a1, b2), stack(b1), ["b2"]],
    ["both did the same", stack(a1), stack(a2), stack(a2), ["a2"]],
    ["both deleted it", stack(a1, b1), stack(b1), stack(b1), ["b1"]],
    ["neither did anything", stack(a1), stack(a1), stack(a1), ["a1"]],
  ])("%s", (_, base, mine, theirs, expected) => {
    const { document, conflicts } = rebase(base, mine, theirs);
    expect([levels(document), conflicts]).toEqual([expected, []]);
  });

  test.each([
    [null, 1, null, 1],
    [null, null, 2, 2],
    [null, 1, 1, 1],
    [0, 0, 3, 3],
    [0, null, 0, null],
  ])("base %s, mine %s, theirs %s: %s", (base, mine, theirs, expected) => {
    const of = (level: number | null): Document => ({ base: level, regions: [] });
    expect(rebase(of(base), of(mine), of(theirs)).document.base).toBe(expected);
  });
});

describe("the rest of the photo that both set, each in its own way,", () => {
  const of = (level: number | null): Document => ({ base: level, regions: [a1] });

  test.each([
    [null, 1, 3],
    [0, null, 3],
    [0, 3, null],
  ])(
    "base %s, mine %s, theirs %s: is theirs until somebody chooses, then what they chose",
    (base, mine, theirs) => {
      const { document, conflicts } = rebase(of(base), of(mine), of(theirs));
      expect([document, conflicts]).toEqual([of(theirs), [{ region_id: null, mine, theirs }]]);
      const [conflict] = conflicts as [Conflict];
      expect(settled(document, conflict, "mine")).toEqual(of(mine));
      expect(settled(document, conflict, "theirs")).toEqual(of(theirs));
    },
  );
});

describe("a region that both changed, each in its own way,", () => {
  test.each([
    ["stays as theirs until somebody chooses", a2, a3, ["a3"]],
    ["is gone until then where they deleted it", a2, null, []],
    ["is there until then where only mine deleted it", null, a3, ["a3"]],
  ])("%s", (_, mine, theirs, expected) => {
    const side = (each: Region | null) => (each ? stack(each) : stack());
    const { document, conflicts } = rebase(stack(a1), side(mine), side(theirs));
    expect([levels(document), conflicts]).toEqual([expected, [{ region_id: "a", mine, theirs }]]);
  });

  test("is one conflict beside what came together by itself", () => {
    const { document, conflicts } = rebase(stack(a1, b1), stack(a2, b2), stack(a3, b1));
    expect([levels(document), conflicts.map(({ region_id }) => region_id)]).toEqual([["a3", "b2"], ["a"]]);
  });
});

describe("a choice", () => {
  const conflict = (mine: Region | null, theirs: Region | null): Conflict => ({
    region_id: "a",
    mine,
    theirs,
  });

  test("of mine or theirs is that one", () => {
    expect(settled(stack(a3), conflict(a2, a3), "mine")).toEqual(stack(a2));
    expect(settled(stack(a3), conflict(a2, a3), "theirs")).toEqual(stack(a3));
  });

  test("of a side that deleted it deletes it", () => {
    expect(settled(stack(a3), conflict(null, a3), "mine")).toEqual(stack());
    expect(settled(stack(), conflict(a2, null), "theirs")).toEqual(stack());
  });

  test("of both keeps mine as a region of its own beside theirs", () => {
    const { regions } = settled(stack(a3), conflict(a2, a3), "both");
    expect([regions.map(({ level }) => level), regions[0]?.id, regions[1]?.id === "a"]).toEqual([
      [3, 2],
      "a",
      false,
    ]);
  });

  test("of both, where they deleted it, is mine under its own name", () => {
    expect(settled(stack(b1), conflict(a2, null), "both")).toEqual(stack(b1, a2));
  });

  test("of both, where mine deleted it, is theirs", () => {
    expect(settled(stack(a3), conflict(null, a3), "both")).toEqual(stack(a3));
  });
});

describe("whatever the three documents", () => {
  test("every change of both sides is kept or named as a conflict", () => {
    fc.assert(
      fc.property(documents, documents, documents, (base, mine, theirs) => {
        const { document, conflicts } = rebase(base, mine, theirs);
        const inConflict = new Set(conflicts.map(({ region_id }) => region_id));
        const [was, my, their, merged] = [base, mine, theirs, document].map(regionsById) as [
          ReturnType<typeof regionsById>,
          ReturnType<typeof regionsById>,
          ReturnType<typeof regionsById>,
          ReturnType<typeof regionsById>,
        ];
        for (const id of ["a", "b", "c", "d", "e", "f"]) {
          const [b, m, t] = [was.get(id) ?? null, my.get(id) ?? null, their.get(id) ?? null];
          const result = merged.get(id) ?? null;
          if (!isSameRegion(b, t)) expect(isSameRegion(result, t)).toBe(true);
          if (!isSameRegion(b, m)) expect(inConflict.has(id) || isSameRegion(result, m)).toBe(true);
          expect(inConflict.has(id)).toBe(!isSameRegion(b, m) && !isSameRegion(b, t) && !isSameRegion(m, t));
        }
      }),
    );
  });

  test("onto what I started from gives mine, and of nothing gives theirs", () => {
    fc.assert(
      fc.property(documents, documents, (base, other) => {
        expect(sorted(rebase(base, other, base).document)).toEqual(sorted(other));
        expect(rebase(base, base, other).document).toEqual(other);
        expect(rebase(base, other, other).conflicts).toEqual([]);
      }),
    );
  });

  test("with all choices mine, what I touched is as I left it", () => {
    fc.assert(
      fc.property(documents, documents, documents, (base, mine, theirs) => {
        const { document, conflicts } = rebase(base, mine, theirs);
        const end = regionsById(conflicts.reduce((merged, each) => settled(merged, each, "mine"), document));
        const [was, my] = [regionsById(base), regionsById(mine)];
        for (const id of new Set([...was.keys(), ...my.keys()])) {
          const [old, mineNow] = [was.get(id) ?? null, my.get(id) ?? null];
          if (!isSameRegion(old, mineNow)) expect(isSameRegion(end.get(id) ?? null, mineNow)).toBe(true);
        }
      }),
    );
  });
});
