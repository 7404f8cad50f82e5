import { expect, test } from "vitest";
import {
  filled,
  moved,
  ofKind,
  releveled,
  reordered,
  stacked,
  withMiddleCorner,
  withMovedCorners,
  withoutCorners,
} from "../../src/editor/edits";
import type { Document } from "../../src/model/annotation";
import { box, region } from "../model/shapes";

const square = region("square");

test("a region is moved, gains a corner and loses it, and changes its place in the order", () => {
  expect(moved(square, [], 1, -2).rings[0]?.slice(0, 2)).toEqual([176, 128]);
  expect(moved(square, [{ ring: 0, vertex: 1 }], 10, 0).rings[0]?.slice(0, 4)).toEqual([160, 160, 1120, 160]);
  const longer = withMiddleCorner(square, { ring: 0, vertex: 3 });
  expect(longer.rings[0]?.slice(8)).toEqual([160, 480]);
  expect(withoutCorners(longer, [{ ring: 0, vertex: 4 }])).toEqual(square);
  const pair: Document = { base: null, regions: [square, { ...square, id: "z" }] };
  expect(reordered(pair, "square", 1)?.regions.map(({ z }) => z)).toEqual([1, 0]);
  expect(reordered(pair, "square", -1)).toBeNull();
});

test("accepting the model's map keeps one's own regions on top, and accepting twice adds none", () => {
  const model: Document = { base: 0, regions: [{ ...square, id: "m1", z: 3 }] };
  const once = stacked(model, { base: null, regions: [square] });
  expect(once).toEqual({ base: 0, regions: [model.regions[0], { ...square, z: 4 }] });
  expect(stacked(model, once)).toEqual(once);
});

test("only the named corners of a region move, of whichever ring, by whole sub-pixels too", () => {
  const ringed = region("ringed", { rings: [...square.rings, box(30, 20, 40, 30)] });
  const places = [
    { ring: 0, vertex: 3 },
    { ring: 1, vertex: 0 },
  ];
  const { rings } = withMovedCorners(ringed, places, 3, -2);
  expect(
    rings.map((ring) => ring.filter((value, i) => !ringed.rings.flat().includes(value) && i >= 0)),
  ).toEqual([
    [163, 798],
    [483, 318],
  ]);
  expect(ringed.rings[1]).toEqual(box(30, 20, 40, 30)); // the region itself stays as it was
});

test("a new corner lies halfway along the edge, on the grid", () => {
  const slope = region("slope", { rings: [[0, 0, 33, 17, 0, 40]] });
  expect(withMiddleCorner(slope, { ring: 0, vertex: 0 }).rings).toEqual([[0, 0, 17, 9, 33, 17, 0, 40]]);
});

test("a ring that loses all its corners is gone, the others stay", () => {
  const ringed = region("ringed", { rings: [...square.rings, box(30, 20, 40, 30)] });
  const hole = [0, 1, 2, 3].map((vertex) => ({ ring: 1, vertex }));
  expect(withoutCorners(ringed, hole).rings).toEqual(square.rings);
});

test("painting order is told anew from 0, so that regions of the same z change places too", () => {
  const three: Document = { base: 1, regions: ["a", "b", "c"].map((id) => region(id, { z: 7 })) };
  expect(reordered(three, "b", 1)).toEqual({
    base: 1,
    regions: [region("a", { z: 0 }), region("b", { z: 2 }), region("c", { z: 1 })],
  });
  expect([reordered(three, "c", 1), reordered(three, "none", 1)]).toEqual([null, null]);
});

test("the model's base counts where it has one, and one's own order stays", () => {
  const model: Document = { base: null, regions: [region("m", { z: 9 })] };
  const own: Document = { base: 2, regions: [region("late", { z: 5 }), region("early", { z: -1 })] };
  const { base, regions } = stacked(model, own);
  expect([base, regions.map(({ id, z }) => [id, z])]).toEqual([
    2,
    [
      ["m", 9],
      ["early", 10],
      ["late", 11],
    ],
  ]);
});

test("what is made sharp has no kind of blur, what was sharp gets the one in hand, and others keep theirs", () => {
  const moving = region("a", { level: 2, kind: "motion" });
  expect(releveled(moving, 0, "shake").kind).toBe("unknown");
  expect(releveled({ ...moving, level: 0, kind: "unknown" }, 2, "shake").kind).toBe("shake");
  expect(releveled(moving, 3, "shake").kind).toBe("motion");
});

test("a kind is for the chosen region, else for all blurred ones of which nobody has said it", () => {
  const regions = [
    region("sharp", { level: 0, kind: "unknown" }),
    region("a", { level: 1, kind: "unknown" }),
    region("b", { level: 2, kind: "unknown" }),
    region("c", { level: 2, kind: "defocus" }),
  ];
  const kinds = (only: string | null) => {
    const chosen = regions.find(({ id }) => id === only) ?? null;
    const { document, count } = ofKind({ base: null, regions }, "shake", chosen);
    return [count, document.regions.map(({ kind }) => kind)];
  };
  expect(kinds(null)).toEqual([2, ["unknown", "shake", "shake", "defocus"]]);
  expect(kinds("c")).toEqual([1, ["unknown", "unknown", "unknown", "shake"]]);
  expect(kinds("sharp")).toEqual([0, ["unknown", "unknown", "unknown", "defocus"]]);
});

test("a shaken photo gets a region of its own below the others, in place of the one before it", () => {
  const photo = { width: 40, height: 30 };
  const once = filled({ base: null, regions: [square] }, 2, "shake", photo);
  expect(once.base).toBe(2);
  expect(once.regions.map(({ level, kind, z, rings }) => ({ level, kind, z, rings }))).toEqual([
    { level: 2, kind: "shake", z: -1, rings: [[0, 0, 640, 0, 640, 480, 0, 480]] },
    { level: square.level, kind: square.kind, z: square.z, rings: square.rings },
  ]);
  expect(filled(once, 1, "motion", photo).regions.map(({ level }) => level)).toEqual([1, square.level]);
  expect(filled(once, 1, "defocus", photo)).toEqual({ base: 1, regions: [square] });
});
