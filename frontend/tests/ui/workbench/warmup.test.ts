import { beforeEach, expect, test } from "vitest";
import type { WorkbenchProps } from "../../../src/ui/workbench/props";
import { task } from "../samples";
import { server } from "../server";
import { atBench, draw, label, lose, opened, pass, sit } from "./bench";

atBench();

const KEY = "smartblur.sitting.1";
/** So many photos were handed in since the eye was last warm. */
const worked = (photos: number, since_ms = 0) =>
  localStorage.setItem(KEY, JSON.stringify({ photos, worked_at: Date.now() - since_ms }));
const shown = async (props: Partial<WorkbenchProps> = {}) =>
  (await sit({ warm_up: "on", ...props })).warmUp.isShown;

beforeEach(() => worked(20));

test("after twenty photos the eye is warmed up before the next", async () => {
  expect(await shown()).toBe(true);
});

test.each([
  ["nineteen photos", 19, 0, false],
  ["a break of half an hour", 1, 30 * 60_000, true],
  ["a short break", 1, 29 * 60_000, false],
])("after %s: %j %d", async (_, photos, since_ms, isShown) => {
  worked(photos, since_ms);
  expect(await shown()).toBe(isShown);
});

test("never at the very first photo, nor for who switched it off, nor where a photo is settled", async () => {
  expect(await shown({ warm_up: "off" })).toBe(false);
  server.now.settled.set(1, { ...task(1), seen: 0 });
  expect(await shown({ image: 1, review_url: "/photos/1" })).toBe(false);
  localStorage.clear();
  expect(await shown({ image: 2 })).toBe(false);
});

test.each([
  ["was saved before", task(1, { revision: 2 })],
  ["was voted on", task(1, {}, { vote: "good" as const })],
])("a photo that %s is not interrupted", async (_, begun) => {
  server.now.tasks = [begun];
  expect(await shown()).toBe(false);
});

test("nothing is shown while work waits to be sent", async () => {
  localStorage.clear();
  const first = await sit({ image: 2 });
  server.now.isAway = true;
  draw(first, "a");
  await lose(first);
  worked(20);
  server.refuse("saveDraft", ...Array.from({ length: 5 }, () => new Error("away")));
  expect(await shown({ image: 1 })).toBe(false);
});

test("once it is over it is counted anew", async () => {
  const session = await sit({ warm_up: "on" });
  session.warmUp.end();
  expect([session.warmUp.isShown, JSON.parse(localStorage.getItem(KEY) as string).photos]).toEqual([
    false,
    0,
  ]);
  worked(20);
  session.warmUp.end(); // it was over already
  expect(JSON.parse(localStorage.getItem(KEY) as string).photos).toBe(20);
});

test("each photo that is handed in counts; the way back waits until the samples are gone", async () => {
  worked(19);
  const session = await sit({ warm_up: "on" });
  label(session);
  void session.submission.submit();
  await pass(500);
  await opened(session);
  expect(session.warmUp.isShown).toBe(true);
  await pass(20_000);
  expect(session.submission.left?.image.id).toBe(1);
  session.warmUp.end();
  await pass(5_000);
  expect(session.submission.left?.image.id).toBe(1);
  await pass(2_000);
  expect(session.submission.left).toBe(null);
});

test("another photo comes without the samples of this one", async () => {
  const session = await sit({ warm_up: "on" });
  session.worked();
  void session.open(2, "push");
  expect(session.warmUp.isShown).toBe(false);
  await opened(session);
  expect(session.warmUp.isShown).toBe(true); // still due
});
