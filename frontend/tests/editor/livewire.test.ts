import { beforeEach, expect, test } from "vitest";
import { Livewire } from "../../src/editor/livewire";
import type { Photo } from "../../src/editor/photo";
import { imagePoint } from "../../src/editor/viewport";
import { distanceToSegment } from "../../src/model/geometry";
import { photoOf } from "./bench";
import type { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

/** A light photo with a dark box from (60, 60) to its lower right corner. */
function boxedPhoto(halved = 0): Photo {
  const photo = photoOf(400, 400, "#e0e0e0", halved);
  for (const [i, bitmap] of photo.bitmaps.entries()) {
    const context = (bitmap as unknown as Picture).getContext();
    context.fillStyle = "#202020";
    context.fillRect(60 / 2 ** i, 60 / 2 ** i, 400, 400);
  }
  return photo;
}

/** How far the corners of a line lie off the box's upper and left edge, in photo pixels. */
function offTheEdge(line: readonly number[]): number {
  const distances = line.flatMap((x, i) => {
    if (i % 2 === 1) return [];
    const [px, py] = [x / 16, (line[i + 1] as number) / 16];
    return [Math.min(distanceToSegment(px, py, 60, 60, 400, 60), distanceToSegment(px, py, 60, 60, 60, 400))];
  });
  return Math.max(...distances);
}

test("the line goes around a corner along the edge, with few corners of its own", () => {
  const line = new Livewire().line(boxedPhoto(), [960, 1600], imagePoint(100, 60), 1);
  expect(offTheEdge(line)).toBeLessThanOrEqual(1.5);
  expect([line.length / 2 <= 4, line.at(-2)]).toEqual([true, 1600]);
  const bend = line.slice(0, 2).map((value) => Math.round(value / 16));
  expect(bend.map((value) => Math.abs(value - 60) <= 2)).toEqual([true, true]);
});

test("its end goes onto the edge where the hand is beside it", () => {
  const line = new Livewire().line(boxedPhoto(), [960, 1280], imagePoint(62.4, 150), 1);
  expect(offTheEdge(line)).toBeLessThanOrEqual(1.5);
});

test("across an even part it is straight", () => {
  expect(new Livewire().line(boxedPhoto(), [3200, 3200], imagePoint(230, 200), 1)).toEqual([3680, 3200]);
});

test("of a photo made smaller it sees what the screen shows, as coarsely", () => {
  const line = new Livewire().line(boxedPhoto(2), [960, 4800], imagePoint(300, 60), 0.25);
  expect(offTheEdge(line)).toBeLessThanOrEqual(6);
  expect(line.every((value) => (value / 16) % 4 === 0)).toBe(true); // samples of four photo pixels
});

test("from another corner it starts anew", () => {
  const wire = new Livewire();
  const photo = boxedPhoto();
  const first = wire.line(photo, [960, 1600], imagePoint(60, 140), 1);
  expect(wire.line(photo, [960, 3200], imagePoint(60, 240), 1)).not.toEqual(first);
  expect(wire.line(photo, [960, 1600], imagePoint(60, 140), 1)).toEqual(first);
});

test("it does not run back over what was drawn, where there is another edge", () => {
  const photo = photoOf(400, 400, "#e0e0e0");
  const context = (photo.bitmaps[0] as unknown as Picture).getContext();
  context.fillStyle = "#202020";
  context.fillRect(100, 100, 60, 60);
  const half = [1600, 1600, 2560, 1600, 2560, 2560]; // from the upper left corner over two sides
  const back = new Livewire().line(photo, half, imagePoint(100, 104), 1);
  const offBothOthers = Math.min(
    ...Array.from({ length: back.length / 2 }, (_, i) =>
      Math.max((back[2 * i] as number) / 16 - 100, 160 - (back[2 * i + 1] as number) / 16),
    ),
  );
  expect(offBothOthers).toBeLessThanOrEqual(3); // it passes the corner at the lower left
});
