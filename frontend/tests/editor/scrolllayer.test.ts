import { beforeEach, expect, test } from "vitest";
import { ScrollLayer } from "../../src/editor/scrolllayer";
import type { Picture } from "./canvas";
import { useCanvas } from "./screen";

const COLOURS: Record<string, string> = { a: "#0000aa", b: "#0000bb", c: "#0000cc" };
const LETTERS = Object.fromEntries(Object.entries(COLOURS).map(([letter, colour]) => [colour, letter]));
let layer: ScrollLayer;

beforeEach(() => {
  useCanvas();
  layer = new ScrollLayer();
  layer.resize({ width: 6, height: 4 });
});

/** The layer with the photo's corner there; what is painted now is painted in this letter, over all the canvas. */
function at(x: number, y: number, letter: string, key: readonly unknown[] = ["same"]): string[] {
  const picture = layer.at(x, y, key, (context) => {
    context.fillStyle = COLOURS[letter] as string;
    context.fillRect(0, 0, 6, 4);
  });
  return (picture as unknown as Picture).rows(LETTERS);
}

test("a pan moves what is painted and paints the strips that it uncovers, nothing else", () => {
  expect(at(0, 0, "a")).toEqual(["aaaaaa", "aaaaaa", "aaaaaa", "aaaaaa"]);
  expect(at(2, 0, "b")).toEqual(["bbaaaa", "bbaaaa", "bbaaaa", "bbaaaa"]);
  expect(at(2, -1, "c")).toEqual(["bbaaaa", "bbaaaa", "bbaaaa", "cccccc"]);
  expect(at(0, -1, "b")).toEqual(["aaaabb", "aaaabb", "aaaabb", "ccccbb"]);
  expect(at(1, 0, "c")).toEqual(["cccccc", "caaaab", "caaaab", "caaaab"]);
});

test("where nothing has moved nothing is painted", () => {
  at(3, 3, "a");
  expect(at(3, 3, "b")).toEqual(["aaaaaa", "aaaaaa", "aaaaaa", "aaaaaa"]);
});

test("a pan beyond the canvas paints all of it", () => {
  at(0, 0, "a");
  expect(at(100, 2, "b")).toEqual(["bbbbbb", "bbbbbb", "bbbbbb", "bbbbbb"]);
});

test("what shows another thing, or more or fewer things, is painted anew", () => {
  const [one, other] = [{}, {}];
  at(0, 0, "a", [one, 1]);
  expect(at(0, 0, "b", [other, 1])[0]).toBe("bbbbbb");
  expect(at(0, 0, "c", [other])[0]).toBe("cccccc");
  expect(at(0, 0, "a", [other])[0]).toBe("cccccc");
});

test("a layer of another size is painted anew", () => {
  at(0, 0, "a");
  layer.resize({ width: 3, height: 2 });
  expect(at(0, 0, "b")).toEqual(["bbb", "bbb"]);
});

test("what had been there is wiped from an uncovered strip, and each strip is painted within its bounds", () => {
  at(0, 0, "a");
  const boxes: unknown[] = [];
  const picture = layer.at(1, 1, ["same"], (_, box) => boxes.push(box));
  expect((picture as unknown as Picture).rows(LETTERS)).toEqual(["......", ".aaaaa", ".aaaaa", ".aaaaa"]);
  expect(boxes).toEqual([
    { x: 0, y: 0, width: 1, height: 4 },
    { x: 0, y: 0, width: 6, height: 1 },
  ]);
});
