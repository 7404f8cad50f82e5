import { beforeEach, expect, test, vi } from "vitest";
import type { ApplyStroke } from "../../src/editor/strokes";
import { areaPx } from "../../src/model/geometry";
import { box } from "../model/shapes";
import { useWorkers } from "./workers";

let applyStroke: ApplyStroke;

beforeEach(async () => {
  useWorkers();
  vi.resetModules();
  ({ applyStroke } = await import("../../src/editor/strokes"));
});

const areaOf = (rings: readonly (readonly number[])[] | undefined) =>
  (rings ?? []).map(areaPx).reduce((sum, area) => sum + area, 0);

const SQUARE = [box(0, 0, 40, 40)];

test("a stroke is added to each target and has an outline of its own", async () => {
  const line = [...[0, 20], ...[80, 20]].map((value) => 16 * value);
  const { stroke, results } = await applyStroke({ mode: "add", line, radius: 16 * 5, targets: [SQUARE] });
  expect(areaOf(stroke) / (80 * 10 + Math.PI * 25)).toBeCloseTo(1, 1);
  expect(areaOf(results[0]) / (1600 + 40 * 10 + Math.PI * 25)).toBeCloseTo(1, 1);
});

test("an eraser takes its stroke from each target", async () => {
  const line = [20, -10, 20, 50].map((value) => 16 * value);
  const { results } = await applyStroke({
    mode: "erase",
    line,
    radius: 16 * 5,
    targets: [SQUARE, [box(60, 0, 70, 10)]],
  });
  expect(results.map((rings) => [rings.length, areaOf(rings)])).toEqual([
    [2, 30 * 40],
    [1, 100],
  ]);
});

test("of those that are joined it is told which touch", async () => {
  const targets = [SQUARE, [box(40, 0, 80, 40)], [box(100, 0, 140, 40)]];
  const { results, taken } = await applyStroke({ mode: "join", line: [], radius: 0, targets });
  expect([areaOf(results[0]), taken]).toEqual([80 * 40, [0, 1]]);
});

test("a line cuts the targets that it crosses, and of each part it is told whose it is", async () => {
  const line = [10, -5, 10, 45].map((value) => 16 * value);
  const targets = [[box(60, 0, 100, 40)], SQUARE];
  const { results, taken } = await applyStroke({ mode: "split", line, radius: 0, targets });
  expect(results.map(areaOf)).toEqual([30 * 40, 10 * 40]);
  expect(taken).toEqual([1, 1]);
});

test("tidying leaves a region without the crumbs that nobody would see", async () => {
  const targets = [[...SQUARE, box(50, 0, 51, 1)]];
  expect((await applyStroke({ mode: "tidy", line: [], radius: 0, targets })).results.map(areaOf)).toEqual([
    1600,
  ]);
});

test("answers find the one who asked, whatever their order", async () => {
  const jobs: { id: number; line: readonly number[] }[] = [];
  let answer: (message: object) => void = () => {};
  vi.stubGlobal(
    "Worker",
    class {
      set onmessage(listener: (message: object) => void) {
        answer = listener;
      }
      postMessage = (job: (typeof jobs)[number]) => jobs.push(job);
    },
  );
  const asked = [1, 2, 3].map((x) => applyStroke({ mode: "add", line: [x], radius: 1, targets: [] }));
  for (const { id, line } of jobs.toReversed())
    answer({ data: { id, stroke: [line], results: [], taken: [] } });
  expect((await Promise.all(asked)).map(({ stroke }) => stroke)).toEqual([[[1]], [[2]], [[3]]]);
});
