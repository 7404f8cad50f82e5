import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Document, IGNORE, parseDocument } from "../../src/model/annotation";
import { hasBlur, hasUnlabelled, levelShares, rasterize } from "../../src/model/raster";
import { documents, LEVELS } from "./documents";

interface Case {
  name: string;
  size: [number, number];
  document: unknown;
  rows: string[];
}

/** A line of drawn_maps.json, as tests/data/make_drawn_maps.py writes it. */
type DrawnLine = [number, number, number | null, [number, number, ...number[][]][], number];

const cases = JSON.parse(
  readFileSync(new URL("../../../tests/data/raster_cases.json", import.meta.url), "utf8"),
) as Case[];

function asRows(levels: Uint8Array, width: number): string[] {
  const digits = Array.from(levels, (level) => (level === IGNORE ? "." : String(level))).join("");
  return Array.from({ length: digits.length / width }, (_, y) => digits.slice(y * width, (y + 1) * width));
}

describe("the rasterisation rule", () => {
  test.each(cases)("$name", ({ size: [width, height], document, rows }) => {
    expect(asRows(rasterize(parseDocument(document, 8), { width, height }), width)).toEqual(rows);
  });

  test("1,000 drawn documents give the maps that Python paints, byte for byte", () => {
    const url = new URL("../../../tests/data/drawn_maps.json", import.meta.url);
    const lines = JSON.parse(readFileSync(url, "utf8")) as DrawnLine[];
    expect(lines.length).toBe(1000);
    const painted = lines.map(([width, height, base, stack]) => {
      const regions = stack.map(([level, z, ...rings], i) => ({
        id: `r${i}`,
        level,
        z,
        rings,
        kind: "unknown",
      }));
      return crc32(rasterize(parseDocument({ base, regions }, 8), { width, height }));
    });
    expect(painted).toEqual(lines.map((line) => line[4]));
  });

  test("there are at least 60 shared cases", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  test("neighbours that share a border leave no gap and do not overlap", () => {
    const x = fc.integer({ min: 0, max: 320 });
    fc.assert(
      fc.property(x, x, (top, bottom) => {
        const left = {
          id: "l",
          level: 1,
          kind: "unknown",
          z: 0,
          rings: [[0, 0, top, 0, bottom, 320, 0, 320]],
        } as const;
        const right = {
          ...left,
          id: "r",
          level: 2,
          rings: [[top, 0, 320, 0, 320, 320, bottom, 320]],
        } as const;
        const size = { width: 20, height: 20 };
        const both = rasterize({ base: null, regions: [left, right] }, size);
        expect(both.includes(IGNORE)).toBe(false);
        expect(rasterize({ base: null, regions: [{ ...left, z: 1 }, right] }, size)).toEqual(both);
      }),
    );
  });

  test("shares, blur and gaps say what the map says", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const size = { width: 40, height: 30 };
        const map = rasterize(document, size);
        const counts = [...Array(LEVELS).keys(), IGNORE].map(
          (level) => map.filter((pixel) => pixel === level).length,
        );
        expect(levelShares(document, size, LEVELS)).toEqual(counts.map((count) => count / map.length));
        expect(hasBlur(document, size)).toBe(map.some((level) => level > 0 && level !== IGNORE));
        expect(hasUnlabelled(document, size)).toBe(map.includes(IGNORE));
      }),
    );
  });

  test("a sampled share of a large photo is within half a percent", () => {
    const wave = Array.from({ length: 200 }, (_, i) => [
      i * 400,
      24_000 + Math.round(9_000 * Math.sin(i / 9)),
    ]).flat();
    const document: Document = {
      base: 0,
      regions: [{ id: "a", level: 2, kind: "defocus", z: 0, rings: [[...wave, 79_600, 64_000, 0, 64_000]] }],
    };
    const size = { width: 6000, height: 4000 };
    const exact = levelShares(document, size, LEVELS, size.height);
    const sampled = levelShares(document, size, LEVELS);
    for (const [level, share] of sampled.entries()) {
      expect(Math.abs(share - (exact[level] as number))).toBeLessThan(0.005);
    }
  });
});
