import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  areaPx,
  boundsOf,
  distanceToSegment,
  doubleArea,
  labelPoint,
  netArea,
  translated,
  withInsertedVertex,
} from "../../src/model/geometry";
import { isInside } from "../../src/model/nearest";
import { box, disc, region } from "./shapes";

const square = box(0, 0, 10, 10);
const hole = box(3, 3, 7, 7);
const backwards = [0, 160, 160, 160, 160, 0, 0, 0];

describe("areas", () => {
  test("a 10 px square has 100 square pixels, either way round", () => {
    expect([areaPx(square), areaPx(backwards)]).toEqual([100, 100]);
    expect([doubleArea(square), doubleArea(backwards)]).toEqual([51_200, -51_200]);
  });

  test("a triangle has half of its box, a line nothing", () => {
    expect([areaPx([0, 0, 160, 0, 0, 160]), areaPx([0, 0, 160, 160, 80, 80])]).toEqual([50, 0]);
  });

  test("a hole counts off where it runs the other way", () => {
    const turned = [48, 48, 48, 112, 112, 112, 112, 48];
    expect(netArea([square, turned]) / 512).toBe(100 - 16);
  });

  test("where the ring starts, and where it lies, is all one", () => {
    const rings = fc.array(fc.integer({ min: -9999, max: 9999 }), { minLength: 6, maxLength: 20 });
    fc.assert(
      fc.property(rings, fc.integer(), fc.integer({ min: -999, max: 999 }), (values, turn, by) => {
        const ring = values.slice(0, values.length & ~1);
        const start = 2 * (Math.abs(turn) % (ring.length / 2));
        const turned = [...ring.slice(start), ...ring.slice(0, start)];
        const [moved] = translated([turned], by, -by) as [number[]];
        expect([doubleArea(turned), doubleArea(moved)]).toEqual([doubleArea(ring), doubleArea(ring)]);
      }),
    );
  });
});

describe("bounds", () => {
  test("are those of all rings", () => {
    expect(boundsOf([hole, [-16, 40, 90, -8, 20, 300]])).toEqual({
      minX: -16,
      minY: -8,
      maxX: 112,
      maxY: 300,
    });
  });

  test("of nothing meet nothing", () => {
    const { minX, maxX } = boundsOf([]);
    expect(minX > maxX).toBe(true);
  });
});

describe("the distance to a segment", () => {
  test.each([
    ["beside it", 50, 30, 30],
    ["on it", 50, 0, 0],
    ["before it", -30, 40, 50],
    ["after it", 130, -40, 50],
  ])("a place %s is so far from a stretch of 100", (_, x, y, distance) => {
    expect(distanceToSegment(x, y, 0, 0, 100, 0)).toBe(distance);
  });

  test("a stretch of no length is a point", () => {
    expect(distanceToSegment(3, 4, 0, 0, 0, 0)).toBe(5);
  });
});

describe("edits", () => {
  test("a vertex goes in after the one that is named, after the last one too", () => {
    expect(withInsertedVertex(square, 0, 80, 0)).toEqual([0, 0, 80, 0, 160, 0, 160, 160, 0, 160]);
    expect(withInsertedVertex(square, 3, 0, 80)).toEqual([...square, 0, 80]);
  });

  test("all rings move together, x and y each by its own", () => {
    expect(translated([[0, 0, 160, 0, 160, 160], hole], 16, -32)).toEqual([
      [16, -32, 176, -32, 176, 128],
      box(4, 1, 8, 5),
    ]);
  });
});

describe("a badge", () => {
  const labelled = (...rings: (readonly number[])[]) => labelPoint(region("a", { rings }));

  test("stands in the middle of a square", () => {
    expect(labelled(square)).toEqual([80, 80.25]);
  });

  test("of a ring stands in its wider side", () => {
    expect(labelled(square, box(2, 2, 5, 8))).toEqual([120, 80.25]);
  });

  test("of a U turned over stands where it is widest, not between its arms", () => {
    const arch = [0, 0, 160, 0, 160, 160, 128, 160, 128, 60, 32, 60, 32, 160, 0, 160];
    expect(labelled(arch)).toEqual([80, 56.25]);
  });

  test("of what has no inside stands in the middle of its bounds", () => {
    expect(labelled([0, 32, 160, 32, 80, 32])).toEqual([80, 32]);
  });

  test("of any star-shaped region stands inside", () => {
    const radii = fc.array(fc.integer({ min: 300, max: 900 }), { minLength: 5, maxLength: 24 });
    fc.assert(
      fc.property(radii, (lengths) => {
        const round = disc(0, 0, 1, lengths.length);
        const ring = round.map((value, i) => Math.round((value / 16) * (lengths[i >> 1] as number)));
        const [x, y] = labelled(ring);
        expect(isInside([ring], x, y)).toBe(true);
      }),
    );
  });
});
