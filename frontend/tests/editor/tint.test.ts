import { beforeEach, expect, test } from "vitest";
import { hatch, paintTint, paintUnjudged } from "../../src/editor/tint";
import { box } from "../model/shapes";
import { boxed, documentOf, PALETTE } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const LIE = { x: 0, y: 0, zoom: 1, pixelRatio: 1 };
const PHOTO = { width: 12, height: 6 };

const context = (canvas: Picture) => canvas.getContext() as unknown as CanvasRenderingContext2D;

/** The canvas with a document on it, as letters: a digit for each level's colour, "/" for a line of a hatch. */
function tinted(document: Parameters<typeof paintTint>[1], lie = LIE, canvas = new Picture(14, 8)): string[] {
  paintTint(context(canvas), document, document.regions, PHOTO, lie, PALETTE, 4);
  const levels = { "#202020": "1", "#505050": "2", "#707070": "3" };
  return canvas.rows(levels).map((row) => row.replaceAll("?", "/"));
}

const levelsIn = (rows: readonly string[]) => new Set(rows.join("").replaceAll("/", ""));

test("a region is filled with its level's colour, and the photo is clear around it", () => {
  const rows = tinted(documentOf(boxed("a", [2, 1, 5, 3])));
  expect(rows.map((row) => row.replace(/[1/]/g, "#"))).toEqual([
    "..............",
    "..#####.......",
    "..#####.......",
    "..#####.......",
    "..............",
    "..............",
    "..............",
    "..............",
  ]);
  expect(levelsIn(rows)).toEqual(new Set([".", "1"]));
});

test("a later region covers an earlier one, and a sharp one leaves the photo bare again", () => {
  const document = { ...documentOf(boxed("a", [0, 0, 8, 6], { level: 2 })), base: 1 };
  const sharp = boxed("b", [2, 2, 4, 2], { level: 0 });
  const rows = tinted({ ...document, regions: [...document.regions, sharp] });
  expect(rows[0]?.replaceAll("/", "").slice(-3)).toBe("1.."); // the base, and nothing beyond the photo
  expect(rows[3]?.slice(2, 6)).toBe("....");
  expect(levelsIn(rows)).toEqual(new Set([".", "1", "2"]));
});

test("where there is nothing to judge by lines show, and no level", () => {
  const canvas = new Picture(14, 8);
  tinted({ base: 1, regions: [] }, LIE, canvas);
  paintUnjudged(context(canvas), [boxed("u", [4, 0, 8, 6], { level: 0 })], LIE, PALETTE);
  const rows = canvas.rows({ "#202020": "1" });
  expect(new Set(rows.slice(0, 6).flatMap((row) => [...row.slice(4, 12)]))).toEqual(new Set([".", "?"]));
  expect(rows[0]?.slice(0, 4)).toContain("1");
});

test("a hole stays clear", () => {
  const ring = boxed("a", [0, 0, 12, 6], { rings: [box(0, 0, 12, 6), box(4, 2, 8, 4)] });
  const rows = tinted(documentOf(ring)).map((row) => row.slice(0, 12).replace(/[1/]/g, "#"));
  expect(rows.slice(0, 6)).toEqual([
    "############",
    "############",
    "####....####",
    "####....####",
    "############",
    "############",
  ]);
});

test("what lies beyond the photo is not filled, wherever the photo lies", () => {
  const rows = tinted(documentOf(boxed("a", [-5, -5, 40, 40])), { ...LIE, x: 4, y: 5 });
  expect(rows.map((row) => row.replace(/[1/]/g, "#"))).toEqual([
    ...Array.from({ length: 5 }, () => "..............").slice(0, 5),
    ...Array.from({ length: 3 }, () => "....##########"),
  ]);
});

test("lines lie closer together for more blur, and as close at any zoom", () => {
  const lines = (level: number, zoom: number) => {
    const canvas = new Picture(154, 1);
    const pen = context(canvas);
    pen.setTransform(zoom, 0, 0, zoom, 0, 0);
    pen.fillStyle = hatch(pen, level, { ...LIE, zoom }, PALETTE);
    pen.fillRect(0, 0, 154 / zoom, 1 / zoom);
    return canvas.rows({})[0]?.match(/\?+/g)?.length;
  };
  expect([1, 2, 3].map((level) => lines(level, 1))).toEqual([7, 14, 22]);
  expect([lines(2, 0.25), lines(2, 3)]).toEqual([14, 14]);
});
