import { expect, test } from "vitest";
import { drawLevels, Sitting } from "../../src/model/sitting";

const MINUTE = 60_000;

class Shelf {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
}

function sitting(shelf = new Shelf()): Sitting {
  return new Sitting(shelf, "sitting");
}

test("the very first photo comes without a warm-up", () => {
  expect(sitting().isDue(0)).toBe(false);
});

test("a warm-up is due after twenty photos, across reloads, and counts from there", () => {
  const shelf = new Shelf();
  const due: number[] = [];
  for (let photo = 1; photo <= 41; photo++) {
    const now = photo * MINUTE;
    sitting(shelf).handIn(now);
    if (!sitting(shelf).isDue(now)) continue;
    due.push(photo);
    sitting(shelf).warm(now);
  }
  expect(due).toEqual([20, 40]);
});

test.each([
  [29 * MINUTE, false],
  [30 * MINUTE, true],
])("after %i ms without work it is due: %s", (pause, isDue) => {
  const sat = sitting();
  sat.work(MINUTE);
  expect(sat.isDue(MINUTE + pause)).toBe(isDue);
});

test("work after a break does not hide the break", () => {
  const sat = sitting();
  sat.work(MINUTE);
  sat.work(50 * MINUTE);
  sat.work(51 * MINUTE);
  expect(sat.isDue(51 * MINUTE)).toBe(true);
  sat.warm(51 * MINUTE);
  expect(sat.isDue(52 * MINUTE)).toBe(false);
});

test("a broken note in the browser begins anew", () => {
  const shelf = new Shelf();
  shelf.setItem("sitting", "{");
  expect(sitting(shelf).isDue(0)).toBe(false);
  sitting(shelf).handIn(MINUTE);
  expect(shelf.getItem("sitting")).toBe('{"photos":1,"worked_at":60000}');
});

test("levels are drawn from the project's own and are not all the same", () => {
  expect(drawLevels(4, () => 0.5)).toEqual([2, 2, 3]);
  expect(drawLevels(2, () => 0.99)).toEqual([1, 1, 0]);
  for (let i = 0; i < 200; i++) {
    const drawn = drawLevels(5);
    expect([drawn.length, new Set(drawn).size > 1, drawn.every((level) => level >= 0 && level < 5)]).toEqual([
      3,
      true,
      true,
    ]);
  }
});
