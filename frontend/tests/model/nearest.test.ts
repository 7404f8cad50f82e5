import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isInside, nearestEdge, nearestVertex } from "../../src/model/nearest";
import { rasterize } from "../../src/model/raster";
import { regionOf } from "./documents";
import { box } from "./shapes";

const square = box(0, 0, 10, 10);
const hole = box(3, 3, 7, 7);

describe("inside", () => {
  test("a hole is outside, an island in it inside again", () => {
    const island = box(4, 4, 6, 6);
    const rings = [square, hole, island];
    expect([20, 55, 80].map((at) => isInside(rings, at, at))).toEqual([true, false, true]);
  });

  test.each([
    ["left", 0, 80, true],
    ["top", 80, 0, true],
    ["right", 160, 80, false],
    ["bottom", 80, 160, false],
    ["upper left corner", 0, 0, true],
    ["lower right corner", 160, 160, false],
  ])("the %s edge is in: %#", (_, x, y, expected) => {
    expect(isInside([square], x, y)).toBe(expected);
  });

  test("a pixel's middle is inside just where the pixel is painted", () => {
    fc.assert(
      fc.property(regionOf("a"), (each) => {
        const [width, height] = [24, 20];
        const painted = rasterize({ base: null, regions: [{ ...each, level: 1 }] }, { width, height });
        const found = painted.map((_, i) =>
          isInside(each.rings, 16 * (i % width) + 8, 16 * Math.floor(i / width) + 8) ? 1 : 255,
        );
        expect([...found]).toEqual([...painted]);
      }),
    );
  });
});

describe("what is nearest", () => {
  test("a vertex is found within reach only, its edge counts as within", () => {
    expect(nearestVertex([square, hole], 110, 50, 8)).toEqual({
      ring: 1,
      vertex: 1,
      distance: Math.hypot(2, 2),
    });
    expect(nearestVertex([square], 160, 168, 8)).toEqual({ ring: 0, vertex: 2, distance: 8 });
    expect(nearestVertex([square], 160, 169, 8)).toBeNull();
  });

  test("an edge is named by the vertex it starts at, the closing one too", () => {
    expect(nearestEdge([square], 164, 80, 8)).toEqual({ ring: 0, vertex: 1, distance: 4 });
    expect(nearestEdge([square], -3, 80, 8)).toEqual({ ring: 0, vertex: 3, distance: 3 });
    expect(nearestEdge([square, hole], 80, 50, 8)).toEqual({ ring: 1, vertex: 0, distance: 2 });
    expect(nearestEdge([square], 80, 80, 8)).toBeNull();
  });
});
