import { expect, test } from "vitest";
import {
  actsOf,
  charts,
  columns,
  type Run,
  rowsOf,
  startOf,
  timeLeft,
  titleOf,
  wordOf,
} from "../../../src/ui/run/run";

const TABLE = {
  accuracy: [[1], [0.4]],
  val_loss: [
    [1, 2],
    [2, 1],
  ],
} as const;

test("losses come first among the columns", () => {
  expect(columns(TABLE)).toEqual(["val_loss", "accuracy"]);
});

test("epochs are newest first, with what each has", () => {
  expect(rowsOf(TABLE)).toEqual([
    { epoch: 2, values: { val_loss: 1 } },
    { epoch: 1, values: { accuracy: 0.4, val_loss: 2 } },
  ]);
});

test("a quarter done in a minute leaves three", () => {
  const from = { progress: 0, at: Date.parse("2026-01-01T00:00:00Z") };
  expect(timeLeft({ progress: 0.25 }, from, Date.parse("2026-01-01T00:01:00Z"))).toBe("3 min");
});

test("a resumed run's pace counts from where it was resumed", () => {
  const from = { progress: 0.5, at: Date.parse("2026-01-01T00:00:00Z") };
  expect(timeLeft({ progress: 0.75 }, from, Date.parse("2026-01-01T00:01:00Z"))).toBe("1 min");
});

test("nothing is promised before anything is done", () => {
  expect(timeLeft({ progress: 0.001 }, { progress: 0, at: 0 })).toBe("");
  expect(timeLeft({ progress: 0.5 }, null)).toBe("");
});

test("curves are grouped by what they measure", () => {
  const curve = [[1], [1]] as const;
  const curves = {
    desirability_accuracy: curve,
    blur_ap: curve,
    val_loss: curve,
    val_loss_levels: curve,
    loss: curve,
  };
  expect(charts(curves)).toEqual([
    { title: "Loss", names: ["loss", "val_loss"] },
    { title: "Parts of the validation loss", names: ["val_loss_levels"] },
    { title: "Blur map", names: ["blur_ap"] },
    { title: "Desirability", names: ["desirability_accuracy"] },
  ]);
});

test.each([
  ["queued", ["cancel"]],
  ["running", ["stop", "cancel"]],
  ["stopping", ["cancel"]],
  ["cancelling", []],
  ["failed", ["resume", "retry"]],
  ["done", []],
])("a run that is %s offers %j", (state, acts) => {
  expect(actsOf(state, 1)).toEqual(acts);
});

test("a run that has finished no epoch is not resumed, as it has no checkpoint", () => {
  expect([actsOf("failed", 0), actsOf("queued", 0)]).toEqual([["retry"], ["cancel"]]);
});

test.each([
  [59, "59 s"],
  [61, "2 min"],
  [5_400, "1.5 h"],
])("a half that took %d s leaves as much: %s", (seconds, words) => {
  expect(timeLeft({ progress: 0.5 }, { progress: 0, at: 0 }, seconds * 1_000)).toBe(words);
});

test("a pace counts from where the last attempt began", () => {
  const attempt = { number: 2, reason: "", worker: "", from_epoch: 4, started_at: "1970-01-01T00:00:01Z" };
  const run = { epochs: 8, attempts: [attempt] } as unknown as Run;
  expect([startOf(run), startOf({ ...run, attempts: [] })]).toEqual([{ progress: 0.5, at: 1_000 }, null]);
});

test("a state and a metric that are new here are told as the trainer calls them", () => {
  expect([wordOf("resting"), titleOf("edge_f1_score")]).toEqual(["resting", "edge f1 score"]);
});
