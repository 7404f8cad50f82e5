import { expect, test } from "vitest";
import { ActiveTime } from "../../src/model/activetime";

const time = (total: number, ...touches: number[]) => {
  const active = new ActiveTime(total);
  for (const at of touches) active.touch(at);
  return active;
};

test("time goes on from what was worked before, and only once somebody works", () => {
  expect([time(500).total(90_000), time(500, 80_000).total(90_000)]).toEqual([500, 10_500]);
});

test("the stretches between what a person does add up", () => {
  expect(time(0, 1000, 4000, 9000, 33_000).total(33_000)).toBe(32_000);
});

test.each([
  [29_999, 29_999],
  [30_000, 0],
])("a pause of %i ms counts for %i", (pause, counted) => {
  expect([time(0, 0).total(pause), time(0, 0, pause).total(pause)]).toEqual([counted, counted]);
});

test("after a pause the time goes on with the next touch, not from the last one", () => {
  const active = time(500, 0, 10_000, 60_000, 61_000);
  expect([active.total(62_000), active.total(200_000)]).toEqual([12_500, 11_500]);
});

test("asking for the time is no work", () => {
  const active = time(0, 0);
  active.total(20_000);
  expect(active.total(40_000)).toBe(0);
});

test("a clock that is set back takes nothing away", () => {
  expect(time(0, 50_000, 60_000, 20_000, 25_000).total(26_000)).toBe(16_000);
});
