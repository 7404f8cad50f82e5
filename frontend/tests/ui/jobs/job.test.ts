import { expect, test } from "vitest";
import { isOver, isReady, timeLeft, wordOf } from "../../../src/ui/jobs/job";

test("time left follows the pace of the samples", () => {
  const sample = (progress: number, s: number) => ({ progress, at: s * 1000 });
  expect(timeLeft([sample(0.1, 0), sample(0.2, 10)])).toBe("about 1 min left");
  expect(timeLeft([sample(0, 0), sample(0.5, 10)])).toBe("about 10 s left");
  expect(timeLeft([sample(0, 0), sample(0.01, 120)])).toBe("about 3 h left");
  expect(timeLeft([sample(0.3, 0), sample(0.3, 60)])).toBe("");
  expect(timeLeft([])).toBe("");
});

test("states of releases and of runs are told in the same words", () => {
  const job = (state: string) => ({ state, progress: 0, error: "" });
  expect(["ready", "done"].map((state) => [isReady(job(state)), wordOf(job(state))])).toEqual([
    [true, "Ready"],
    [true, "Ready"],
  ]);
  expect(["queued", "building", "running", "cancelling"].map((state) => isOver(job(state)))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(["failed", "cancelled"].every((state) => isOver(job(state)) && !isReady(job(state)))).toBe(true);
});

test("a state that is new here is told as the server calls it", () => {
  expect(wordOf({ state: "verifying", progress: 0, error: "" })).toBe("verifying");
});
