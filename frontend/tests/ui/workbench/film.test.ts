import { beforeEach, expect, test } from "vitest";
import { Film } from "../../../src/ui/workbench/film.svelte";

const frame = (image: number) => ({ image, file_name: `${image}.jpg` });
let film: Film;

/** As `1 2 [3] >4`: handed in, worked on, next. */
const shown = () =>
  film.frames
    .map(({ image, is }) => ({ past: `${image}`, current: `[${image}]`, next: `>${image}` })[is])
    .join(" ");

beforeEach(() => {
  film = new Film([frame(1), frame(2)]);
  film.opened(frame(3));
  film.next = frame(4);
});

test("the photos at hand are those handed in, the one that is worked on and the next", () => {
  expect(shown()).toBe("1 2 [3] >4");
});

test("an earlier photo that is opened again leaves the one that is worked on where it is", () => {
  film.opened(frame(1));
  film.next = frame(3); // the queue gives it again
  expect(shown()).toBe("1 2 [3]");
});

test("one goes back to the first and forth to the one that is worked on", () => {
  expect([film.before(3), film.before(2), film.before(1), film.before(undefined)]).toEqual([2, 1, null, 2]);
  expect([film.after(1), film.after(2), film.after(3)]).toEqual([2, 3, null]);
});

test("a photo that is handed in, the second time too, is the last one handed in", () => {
  film.handedIn(frame(3));
  expect([shown(), film.after(3)]).toEqual(["1 2 3 >4", "queue"]);
  film.handedIn(frame(1));
  expect(shown()).toBe("2 3 1 >4");
});

test("a photo that was a test is at hand no longer", () => {
  film.gone(3);
  film.gone(2);
  expect(shown()).toBe("1 2 >4");
});

test("of those handed in the last eight stay", () => {
  film.gone(3);
  for (let image = 10; image < 20; image++) film.handedIn(frame(image));
  expect(shown()).toBe("12 13 14 15 16 17 18 19 >4");
});
