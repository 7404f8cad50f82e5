import { beforeEach, expect, test } from "vitest";
import { paintDifference, type Side } from "../../src/editor/differencetint";
import type { Region } from "../../src/model/annotation";
import { boxed, PALETTE } from "./bench";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

beforeEach(() => {
  useCanvas();
});

const PHOTO = { width: 16, height: 8 };
const WHOLE = { x: 0, y: 0, width: 16, height: 8 };
const LIE = { x: 0, y: 0, zoom: 1, pixelRatio: 1 };
const LETTERS = { "#202020": "1", "#505050": "2", "#707070": "3", "#000010": "/" };

const side = (base: number | null, ...regions: Region[]): Side => ({ document: { base, regions }, regions });

/** What shows where the two sides differ: the number of levels between them, "/" for a line of the hatch. */
function difference(one: Side, other: Side, lie = LIE, box = WHOLE, canvas = new Picture(16, 8)): string[] {
  const context = canvas.getContext() as unknown as CanvasRenderingContext2D;
  paintDifference(context, [one, other], PHOTO, lie, box, PALETTE, 4);
  return canvas.rows(LETTERS);
}

test("where both say the same the photo is clear; elsewhere the colour says how many levels lie between them", () => {
  const mine = side(0, boxed("a", [0, 0, 8, 8], { level: 3 }), boxed("b", [8, 0, 4, 8], { level: 1 }));
  const models = side(0, boxed("m", [0, 0, 4, 8], { level: 1 }), boxed("n", [8, 0, 4, 8], { level: 1 }));
  const rows = difference(mine, models);
  expect(rows.map((row) => row.slice(8))).toEqual(Array(8).fill("........"));
  expect([...new Set(rows.map((row) => row.slice(0, 4)).join(""))].sort()).toEqual(["/", "2"]);
  expect([...new Set(rows.map((row) => row.slice(4, 8)).join(""))].sort()).toEqual(["/", "3"]);
});

test("lines are closer together the farther the two are apart: 22, 11 and 7 pixels", () => {
  const gap = (level: number) => {
    const rows = difference(side(0), side(level));
    const [first, second] = ["/", "/"].map((line, i) =>
      rows[0]?.indexOf(line, i * ((rows[0] ?? "").indexOf("/") + 1)),
    );
    return [first, second];
  };
  expect([gap(1), gap(2), gap(3)]).toEqual([
    [0, -1],
    [0, 11],
    [0, 7],
  ]);
});

test("where one of them gives no level there is nothing to compare", () => {
  const mine = side(null, boxed("a", [2, 0, 4, 8], { level: 2 }));
  expect(difference(mine, side(null))).toEqual(Array(8).fill("................"));
  const rows = difference(mine, side(0)).map((row) => row.replaceAll("/", "2"));
  expect(rows).toEqual(Array(8).fill("..2222.........."));
});

test("where there is nothing to judge by there is nothing to compare", () => {
  const models = { ...side(3), unjudged: [boxed("u", [4, 0, 12, 8], { level: 0 })] };
  const rows = difference(side(0), models).map((row) => row.replaceAll("/", "3"));
  expect(rows).toEqual(Array(8).fill("3333............"));
});

test("a strip that a pan uncovers goes on with the lines of what is there", () => {
  const [mine, models] = [side(0), side(3)];
  const canvas = new Picture(16, 8);
  difference(mine, models, LIE, { ...WHOLE, width: 5 }, canvas);
  const joined = difference(mine, models, LIE, { ...WHOLE, x: 5, width: 11 }, canvas);
  expect(joined).toEqual(difference(mine, models));
  const panned = difference(mine, models, { ...LIE, x: 3, y: 0 });
  expect(panned.map((row) => row.slice(3))).toEqual(joined.map((row) => row.slice(0, 13)));
});

test("nothing beyond the photo is coloured", () => {
  const rows = difference(side(0), side(1), { ...LIE, x: 10, y: 6 });
  expect(rows.map((row) => row.replaceAll("/", "1"))).toEqual([
    ...Array(6).fill("................"),
    ...Array(2).fill("..........111111"),
  ]);
});
