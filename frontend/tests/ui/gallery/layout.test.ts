import { expect, test } from "vitest";
import { layoutOf, rowsInSight, stepOf } from "../../../src/ui/gallery/layout";

test("tiles are 3:2, as many to a row as are wide enough, two at least", () => {
  expect(layoutOf(10, 900)).toEqual({ columns: 4, rows: 3, tileWidth: 216, rowHeight: 184, height: 540 });
  expect(layoutOf(10, 300).columns).toBe(2);
  expect(layoutOf(0, 900)).toMatchObject({ rows: 0, height: 0 });
});

test("only rows near what is in sight are drawn", () => {
  const layout = layoutOf(10_000, 900);
  expect(rowsInSight(layout, 100, 800, 0)).toEqual([0, 3]);
  expect(rowsInSight(layout, -184_000, 800, 184)).toEqual([999, 1005]);
  expect(rowsInSight(layout, -layout.height, 800, 0)).toEqual([2499, 2499]);
  expect(rowsInSight(layoutOf(0, 900), 0, 800, 400)).toEqual([0, -1]);
});

test("keys walk the grid and stay in it", () => {
  const step = (key: string, at: number) => stepOf(key, 4, 2, 10)?.(at);
  expect(["ArrowRight", "ArrowDown", "PageDown", "End"].map((key) => step(key, 1))).toEqual([2, 5, 9, 9]);
  expect(["ArrowUp", "ArrowDown", "PageUp", "Home"].map((key) => step(key, 7))).toEqual([3, 7, 3, 0]);
  expect(step("x", 1)).toBeUndefined();
});
