import { beforeEach, expect, test } from "vitest";
import { PanTool } from "../../../src/editor/tools/pan";
import { panned } from "../../../src/editor/viewport";
import { FakeBench } from "./bench";

let bench: FakeBench;
let pan: PanTool;

beforeEach(() => {
  bench = new FakeBench();
  pan = new PanTool({
    pan: (dx, dy) => {
      bench.view = panned(bench.view, dx, dy);
    },
  });
});

/** A pointer at a place of the screen; the photo moves under it. */
const onScreen = (x: number, y: number) => bench.at((x - bench.view.x) / 2, (y - bench.view.y) / 2);

test("the photo goes with the hand, step by step, until it lets go", () => {
  pan.down(onScreen(100, 100));
  pan.move(onScreen(130, 90));
  expect(bench.view).toEqual({ scale: 2, x: 40, y: 10 });
  pan.move(onScreen(135, 95));
  expect(bench.view).toEqual({ scale: 2, x: 45, y: 15 });
  pan.up();
  pan.move(onScreen(500, 500));
  expect(bench.view).toEqual({ scale: 2, x: 45, y: 15 });
});

test("the cursor shows an open hand, and a closed one while it holds the photo", () => {
  expect(pan.cursor()).toBe("grab");
  pan.down(onScreen(100, 100));
  expect(pan.cursor()).toBe("grabbing");
  pan.up();
  expect(pan.cursor()).toBe("grab");
});

test("Escape and a second finger let go where the photo is; there is nothing else to give up, finish or undo", () => {
  expect(pan.cancel()).toBe(false);
  pan.down(onScreen(100, 100));
  pan.move(onScreen(120, 100));
  expect(pan.cancel()).toBe(true);
  pan.move(onScreen(300, 100));
  pan.down(onScreen(100, 100));
  pan.dropStroke();
  pan.move(onScreen(300, 100));
  expect(bench.view).toEqual({ scale: 2, x: 30, y: 20 });
  expect([pan.finish(), pan.stepBack(), pan.stepForward(), pan.draft, pan.cue]).toEqual([
    false,
    false,
    false,
    null,
    null,
  ]);
});
