import { beforeEach, expect, test } from "vitest";
import { HandLine } from "../../../src/editor/tools/handline";
import { region } from "../../model/shapes";
import { FakeBench } from "./bench";

let bench: FakeBench;
let hand: HandLine;

beforeEach(() => {
  bench = new FakeBench();
  hand = new HandLine(bench);
});

function click(x: number, y: number) {
  hand.down(bench.at(x, y));
  return hand.up(bench.at(x, y));
}

test("each click is a corner and is kept for a reload", () => {
  expect([click(100, 100), hand.line, bench.kept]).toEqual([false, [1600, 1600], [1600, 1600]]);
  click(120, 100);
  expect([hand.line, bench.kept]).toEqual([
    [1600, 1600, 1920, 1600],
    [1600, 1600, 1920, 1600],
  ]);
});

test("a hand that goes at most 5 screen pixels between press and release has clicked", () => {
  hand.down(bench.at(100, 100));
  hand.move(bench.at(102.5, 100));
  expect([hand.up(bench.at(102.5, 100)), hand.line]).toEqual([false, [1600, 1600]]);
});

test("a drag leaves a trail, of which only what bends remains at its end", () => {
  hand.down(bench.at(100, 100));
  for (const [x, y] of [
    [103, 100],
    [110, 100.2],
    [120, 100],
    [120, 110],
    [120, 130],
  ] as const)
    hand.move(bench.at(x, y));
  expect(hand.line.length / 2).toBe(6);
  expect([hand.isIdle, hand.up(bench.at(120, 130)), hand.isIdle]).toEqual([false, true, true]);
  expect(hand.line).toEqual([1600, 1600, 1920, 1600, 1920, 2080]);
});

test("a trail has no two places nearer than 2 screen pixels", () => {
  hand.down(bench.at(100, 100));
  hand.move(bench.at(103, 100));
  hand.move(bench.at(103.5, 100));
  hand.move(bench.at(104, 100));
  expect(hand.line).toEqual([1600, 1600, 1648, 1600, 1664, 1600]);
});

test("the first stroke is the one that began with nothing", () => {
  click(100, 100);
  expect(hand.isFirstStroke).toBe(true);
  hand.down(bench.at(120, 100));
  expect(hand.isFirstStroke).toBe(false);
});

test("the ends of a drag snap, its trail does not", () => {
  bench.draw(region("square")); // x from 10 to 60, y from 10 to 50
  hand.down(bench.at(61, 11));
  hand.move(bench.at(70, 30));
  hand.move(bench.at(62, 40));
  hand.move(bench.at(61, 49));
  hand.up(bench.at(61, 49));
  expect(hand.line).toEqual([960, 160, 1120, 480, 992, 640, 960, 800]);
  expect(hand.snaps.map(({ onto, region: id }) => [onto, id])).toEqual([
    ["corner", "square"],
    ["corner", "square"],
  ]);
});

test("moving only shows what a press would snap to", () => {
  bench.draw(region("square"));
  hand.move(bench.at(61, 30));
  expect([hand.cue, hand.next, hand.snaps]).toEqual([
    { x: 960, y: 480, onto: "edge", region: "square" },
    { x: 60, y: 30 },
    [],
  ]);
  hand.move(bench.at(61, 30, { alt: true }));
  expect([hand.cue, hand.next]).toEqual([null, { x: 61, y: 30 }]);
});

test("the way along the photo's edges starts at the last corner, and there is none before the first", () => {
  bench.trace = (line, to) => [line.at(-2) as number, 16 * to.y, 16 * to.x, 16 * to.y];
  hand.move(bench.at(120, 110));
  expect(hand.wire).toEqual([]);
  click(100, 100);
  hand.move(bench.at(120, 110));
  expect(hand.wire).toEqual([1600, 1760, 1920, 1760]);
  click(120, 110);
  expect([hand.line, hand.wire]).toEqual([[1600, 1600, 1600, 1760, 1920, 1760], []]);
});

test("a step back takes a whole drag; forward brings it again", () => {
  click(100, 100);
  bench.drag(hand, [120, 100], [140, 100], [140, 120]);
  const drawn = hand.line;
  expect([hand.stepBack(), hand.line]).toEqual([true, [1600, 1600]]);
  expect([hand.stepForward(), hand.line]).toEqual([true, drawn]);
  expect([hand.stepBack(), hand.stepBack(), hand.line]).toEqual([true, true, []]);
});

test("what was cancelled comes back whole with the next step back, and goes corner by corner from there", () => {
  click(100, 100);
  click(120, 100);
  hand.cancel();
  expect([hand.line, bench.kept, hand.cancel()]).toEqual([[], [], false]);
  expect([hand.stepForward(), hand.line]).toEqual([false, []]); // there is no line to go on with
  expect([hand.stepBack(), hand.line, bench.kept]).toEqual([
    true,
    [1600, 1600, 1920, 1600],
    [1600, 1600, 1920, 1600],
  ]);
  expect([hand.stepBack(), hand.line]).toEqual([true, [1600, 1600]]);
});

test("with all steps taken back there is nothing more to take back, only to bring forward", () => {
  click(100, 100);
  click(120, 100);
  expect([hand.stepBack(), hand.stepBack(), hand.stepBack(), hand.line]).toEqual([true, true, false, []]);
  expect([hand.stepForward(), hand.stepForward(), hand.line]).toEqual([true, true, [1600, 1600, 1920, 1600]]);
});

test("what was given up does not come back once something else was done", () => {
  click(100, 100);
  click(120, 100);
  hand.cancel();
  bench.draw(region("square"));
  expect([hand.stepBack(), hand.line]).toEqual([false, []]);
});

test("a new corner ends what could be brought forward", () => {
  click(100, 100);
  click(120, 100);
  hand.stepBack();
  click(140, 100);
  expect([hand.stepForward(), hand.line]).toEqual([false, [1600, 1600, 2240, 1600]]);
});

test("dropping the stroke takes what the pointer that is down drew, and nothing when none is", () => {
  click(100, 100);
  hand.dropStroke();
  expect(hand.line).toEqual([1600, 1600]);
  hand.down(bench.at(120, 100));
  hand.move(bench.at(160, 100));
  hand.dropStroke();
  expect([hand.line, hand.isIdle, bench.kept]).toEqual([[1600, 1600], true, [1600, 1600]]);
});

test("a resumed line has no steps of its own: Backspace takes its corners one by one", () => {
  hand.resume([160, 160, 320, 160, 480, 160]);
  hand.stepBack();
  hand.stepBack();
  expect(hand.line).toEqual([160, 160]);
  hand.stepForward();
  expect(hand.line).toEqual([160, 160, 320, 160]);
});

test("a line that is done with leaves nothing behind", () => {
  bench.draw(region("square"));
  hand.move(bench.at(61, 11));
  click(61, 11);
  hand.reset();
  expect([hand.line, hand.next, hand.cue, hand.snaps, bench.kept, hand.stepBack()]).toEqual([
    [],
    null,
    null,
    [],
    [],
    false,
  ]);
});
