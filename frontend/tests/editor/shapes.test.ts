import { beforeEach, expect, test } from "vitest";
import { outlineOf } from "../../src/editor/shapes";
import { box } from "../model/shapes";
import { boxed } from "./bench";
import type { Path } from "./paths";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

/** A box whose upper edge trembles by half a photo pixel at every second pixel. */
const trembling = [
  ...Array.from({ length: 50 }, (_, i) => [32 * i, i % 2 === 0 ? 0 : 8]).flat(),
  ...[1600, 0, 1600, 800, 0, 800],
];

const cornersOf = (ring: readonly number[], zoom: number) => {
  const path = outlineOf(boxed("a", [0, 0, 1, 1], { rings: [ring] }), zoom) as unknown as Path;
  return path.lines.map(({ points }) => points.length);
};

test("an outline is in photo pixels and closed, one line a ring", () => {
  const region = boxed("a", [0, 0, 9, 9], { rings: [box(0, 0, 10, 10), [24, 24, 72, 24, 72, 72]] });
  expect((outlineOf(region, 1) as unknown as Path).lines).toEqual([
    {
      isClosed: true,
      points: [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
      ],
    },
    {
      isClosed: true,
      points: [
        [1.5, 1.5],
        [4.5, 1.5],
        [4.5, 4.5],
      ],
    },
  ]);
});

test("corners that the zoom cannot show are not drawn; at true pixels and nearer all are", () => {
  expect([4, 1, 0.75].map((zoom) => cornersOf(trembling, zoom))).toEqual([[53], [53], [53]]);
  expect([0.5, 0.1].map((zoom) => cornersOf(trembling, zoom))).toEqual([[4], [4]]);
});

test("a small outline keeps every corner at any zoom", () => {
  expect(cornersOf(trembling.slice(0, 24), 0.05)).toEqual([12]);
});

test("an outline is made once for a zoom as long as its region lives", () => {
  const region = boxed("a", [0, 0, 9, 9], { rings: [trembling] });
  const path = outlineOf(region, 0.5);
  expect(outlineOf(region, 0.4)).toBe(path);
  expect(outlineOf(region, 1)).not.toBe(path);
  expect(outlineOf({ ...region }, 0.5)).not.toBe(path);
});
