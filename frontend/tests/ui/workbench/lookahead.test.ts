import { beforeEach, expect, test, vi } from "vitest";
import { Lookahead } from "../../../src/ui/workbench/lookahead";
import { BROKEN, open as bitmaps } from "../browser";
import { task } from "../samples";
import { offline, server } from "../server";

let ahead: Lookahead;

/** All that was begun has come to its end. */
async function rest(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve));
}

beforeEach(() => {
  bitmaps.clear();
  server.now.tasks = [task(1), task(2), task(3)];
  ahead = new Lookahead(1);
});

test("what comes after a photo is there, decoded, when its turn comes, and once", async () => {
  ahead.start(1);
  ahead.start(1);
  await rest();
  const waiting = await ahead.take(1);
  expect([waiting?.task.image.id, waiting?.photo.width]).toEqual([2, 100]);
  expect(server.asked).toEqual(["next after 1", "bytes 2"]);
  expect(await ahead.take(1)).toBe(null);
});

test("a photo that is on its way is waited for", async () => {
  const release = server.hold("photoBytes");
  ahead.start(1);
  const taken = ahead.take(1);
  release();
  expect((await taken)?.task.image.id).toBe(2);
});

test("after another photo than it was fetched for it is not given, and its memory is", async () => {
  ahead.start(1);
  await rest();
  expect([bitmaps.size, await ahead.take(3), bitmaps.size]).toEqual([1, null, 0]);
});

test("a lease of more than ten minutes ago no longer holds", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  ahead.start(1);
  await rest();
  vi.setSystemTime(Date.now() + 10 * 60_000);
  expect([await ahead.take(1), bitmaps.size]).toEqual([null, 0]);
  vi.useRealTimers();
});

test("a photo fetched for one place gives its memory back when another is asked for", async () => {
  ahead.start(1);
  await rest();
  ahead.start(2);
  await rest();
  expect([bitmaps.size, (await ahead.take(2))?.task.image.id]).toEqual([1, 3]);
});

test("when the page goes the photo is given back, and its memory; where none was leased, nothing is said", async () => {
  ahead.leave();
  expect(server.asked).toEqual([]);
  ahead.start(1);
  await rest();
  ahead.leave();
  await rest();
  expect([server.asked.at(-1), bitmaps.size]).toEqual(["return 102", 0]);
});

test("nothing waits where nothing comes after, or where it could not be had or decoded", async () => {
  server.now.tasks = [];
  ahead.start(1);
  expect(await ahead.take(1)).toBe(null);
  server.now.tasks = [task(1), task(2)];
  server.refuse("nextTask", offline());
  ahead.start(1);
  expect(await ahead.take(1)).toBe(null);
  server.now.bytes = BROKEN;
  ahead.start(1);
  expect(await ahead.take(1)).toBe(null);
});
