import { expect, test } from "vitest";
import {
  areaPx,
  isInside,
  labelPoint,
  nearestEdge,
  nearestVertex,
  translated,
  withInsertedVertex,
} from "../../src/model/geometry";

const square = [0, 0, 160, 0, 160, 160, 0, 160];
const hole = [48, 48, 112, 48, 112, 112, 48, 112];

test("a 10 px square has 100 square pixels, either way round", () => {
  expect(areaPx(square)).toBe(100);
  expect(areaPx([0, 160, 160, 160, 160, 0, 0, 0])).toBe(100);
});

test("a hole is outside", () => {
  expect(isInside([square, hole], 20, 20)).toBe(true);
  expect(isInside([square, hole], 80, 80)).toBe(false);
});

test("the nearest vertex and edge are found within reach only", () => {
  expect(nearestVertex([square, hole], 110, 50, 8)).toMatchObject({ ring: 1, vertex: 1 });
  expect(nearestVertex([square], 80, 80, 8)).toBeNull();
  expect(nearestEdge([square], 164, 80, 8)).toMatchObject({ ring: 0, vertex: 1, distance: 4 });
});

test("a vertex goes in after the one that is named; moving there and back changes nothing", () => {
  expect(withInsertedVertex(square, 3, 0, 80)).toEqual([...square, 0, 80]);
  expect(translated(translated([square], 5, -7), -5, 7)).toEqual([square]);
});

test("a badge stands inside its region, also in a ring with a hole", () => {
  const [x, y] = labelPoint({ id: "a", level: 1, kind: "unknown", z: 0, rings: [square, hole] });
  expect(isInside([square, hole], x, y)).toBe(true);
});
