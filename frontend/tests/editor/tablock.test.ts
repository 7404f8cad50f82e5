import { expect, test } from "vitest";
import { TabLock } from "../../src/editor/tablock";

test("a photo is free for one tab; another takes it over and the first is told", async () => {
  let lost = 0;
  const first = new TabLock(() => lost++, 500);
  const second = new TabLock(() => {}, 500);
  expect(await first.claim(7)).toBe(true);
  expect(await second.claim(7)).toBe(false);
  expect(await second.claim(8)).toBe(true);
  second.take(7);
  await expect.poll(() => lost).toBe(1);
  expect(await first.claim(7)).toBe(false);
  second.release();
  expect(await first.claim(7)).toBe(true);
  first.close();
  second.close();
});

test("who is told late that another tab has the photo gives it up", async () => {
  let lost = 0;
  const first = new TabLock(() => {}, 0);
  const second = new TabLock(() => lost++, 0);
  expect(await first.claim(7)).toBe(true);
  const isFree = await second.claim(7);
  await expect.poll(() => second.holds(7)).toBe(false);
  expect(lost).toBe(isFree ? 1 : 0);
  expect(first.holds(7)).toBe(true);
  first.close();
  second.close();
});
