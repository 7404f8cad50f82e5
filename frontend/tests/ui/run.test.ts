import { expect, test } from "vitest";
import { columns, epochs, timeLeft } from "../../src/ui/run/run";

const METRICS = [
  { epoch: 1, name: "accuracy", value: 0.4 },
  { epoch: 1, name: "val_loss", value: 2 },
  { epoch: 2, name: "val_loss", value: 1 },
];

test("losses come first among the columns", () => {
  expect(columns(METRICS)).toEqual(["val_loss", "accuracy"]);
});

test("epochs are newest first, with what each has", () => {
  expect(epochs(METRICS)).toEqual([
    { epoch: 2, values: { val_loss: 1 } },
    { epoch: 1, values: { accuracy: 0.4, val_loss: 2 } },
  ]);
});

test("a quarter done in a minute leaves three", () => {
  const run = { progress: 0.25, started_at: "2026-01-01T00:00:00Z" };
  expect(timeLeft(run, Date.parse("2026-01-01T00:01:00Z"))).toBe("3 min");
});

test("nothing is promised before anything is done", () => {
  expect(timeLeft({ progress: 0.01, started_at: "2026-01-01T00:00:00Z" })).toBe("");
});
