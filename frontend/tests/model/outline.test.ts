import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areaPx } from "../../src/model/geometry";
import { faultIn, firstCrossing, ringFault, untangled, withoutRepeats } from "../../src/model/outline";
import { box, disc } from "./shapes";

const square = [0, 0, 160, 0, 160, 160, 0, 160];

describe("ringFault", () => {
  const TINY = "That outline is too small to be a region. Draw a larger one.";
  const CROSSES = "That outline crosses itself. Draw around the area without crossing.";
  test.each([
    ["a square of 10 px", square, null],
    ["16 square pixels", box(0, 0, 4, 4), null],
    ["a sixteenth less", [0, 0, 64, 0, 64, 64, 0, 63], TINY],
    ["16 square pixels around less of them", [0, 0, 64, 0, 64, 64], TINY],
    ["two corners", [0, 0, 160, 160], TINY],
    ["a line there and back", [0, 0, 1600, 0, 800, 0], TINY],
    ["a bow tie", [0, 0, 160, 160, 160, 0, 0, 170], CROSSES],
    ["a corner that touches an edge", [0, 0, 320, 0, 320, 320, 160, 0, 0, 320], CROSSES],
    ["a corner passed twice", [160, 160, 320, 0, 320, 320, 160, 160, 0, 320, 0, 0], CROSSES],
    [
      "an edge that runs back on another",
      [0, 0, 320, 0, 320, 160, 200, 160, 200, 0, 100, 0, 0, 160],
      CROSSES,
    ],
    ["4,000 corners", disc(1000, 1000, 1000, 4000), null],
    ["4,001 corners", disc(1000, 1000, 1000, 4001), "An outline has at most 4000 points. Draw it in parts."],
  ])("of %s", (_, ring, words) => {
    expect(ringFault(ring)).toBe(words);
  });

  test("is found in new rings only, the first of them first", () => {
    const [bow, dot] = [[0, 0, 160, 160, 160, 0, 0, 170], box(0, 0, 1, 1)];
    expect(faultIn([square, bow], [bow])).toBeNull();
    expect(faultIn([square, bow, dot], [square])).toBe(CROSSES);
    expect(faultIn([dot, bow], [])).toBe(TINY);
    expect(faultIn([[...bow.slice(2), ...bow.slice(0, 2)]], [bow])).toBe(TINY); // begun elsewhere it is another ring
    expect(faultIn([bow.map((value) => value + 16)], [bow])).toBeNull(); // moved as a whole
    expect(faultIn([], [])).toBeNull();
  });

  test("of a ring that touches itself every corner can be moved; only a crossing that is new is refused", () => {
    const touching = [160, 160, 320, 0, 320, 320, 160, 160, 0, 320, 0, 0]; // two triangles that meet in the middle
    const withCorner = (corner: number, x: number, y: number) =>
      touching.map((value, i) => (i === 2 * corner ? x : i === 2 * corner + 1 ? y : value));
    expect(faultIn([withCorner(1, 330, -10)], [touching])).toBeNull();
    expect(faultIn([withCorner(4, 10, 300)], [touching])).toBeNull();
    expect(faultIn([withCorner(0, 160, 200)], [touching])).toBe(CROSSES); // over the other triangle's corner
    expect(faultIn([withCorner(1, 330, -10)], [])).toBe(CROSSES);
  });

  test("a star-shaped ring never crosses itself", () => {
    const radii = fc.array(fc.integer({ min: 400, max: 4000 }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(radii, (lengths) => {
        const ring = lengths.flatMap((radius, i) => {
          const angle = (2 * Math.PI * i) / lengths.length;
          return [Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))];
        });
        expect(firstCrossing(ring)).toBeNull();
      }),
    );
  });

  test("a ring of 4,000 points is checked well within a frame or two", () => {
    const ring = Array.from({ length: 4000 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 4000;
      return [Math.round(90_000 * Math.cos(angle)), Math.round(60_000 * Math.sin(angle))];
    }).flat();
    const start = process.cpuUsage();
    expect(ringFault(ring)).toBeNull();
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(250); // ms of the processor, whoever else wants it
  });
});

test("corners that repeat the one before go, the first that repeats the last too", () => {
  expect(withoutRepeats([0, 0, 0, 0, 160, 0, 160, 160, 160, 160, 0, 0])).toEqual([160, 0, 160, 160, 0, 0]);
  expect(withoutRepeats([0, 0, 160, 0, 0, 0, 0, 160])).toEqual([0, 0, 160, 0, 0, 0, 0, 160]); // passed twice, not repeated
  expect(withoutRepeats(square)).toEqual(square);
});

test("a crossing is told by its two edges and its place", () => {
  expect(firstCrossing([0, 0, 160, 160, 160, 0, 0, 160])).toEqual([0, 2, 80, 80]);
  expect(firstCrossing(square)).toBeNull();
  expect(firstCrossing([0, 0, 160, 0, 80, 0, 80, 160])?.slice(0, 2)).toEqual([0, 2]); // lies on it
});

test("a small loop of the hand is cut off, a figure of eight is left to the person", () => {
  const loop = [0, 0, 800, 0, 1600, 0, 1600, 1600, 800, 1600, 700, 1700, 900, 1700, 780, 1540, 0, 1600];
  expect(firstCrossing(loop)).not.toBeNull();
  expect(ringFault(untangled(loop))).toBeNull();
  expect(Math.abs(areaPx(untangled(loop)) - 10_000)).toBeLessThan(100);
  const eight = [0, 0, 1600, 1600, 1600, 0, 0, 1650];
  expect(untangled(eight)).toEqual(eight);
  expect(ringFault(eight)).toContain("crosses");
});

test("whatever is scribbled, untangling ends and never makes a crossing outline pass", () => {
  const point = fc.tuple(fc.integer({ min: 0, max: 3200 }), fc.integer({ min: 0, max: 3200 }));
  fc.assert(
    fc.property(fc.array(point, { minLength: 3, maxLength: 40 }), (points) => {
      const ring = untangled(points.flat());
      expect(ringFault(ring) === null && firstCrossing(ring) !== null).toBe(false);
    }),
  );
});

test("several loops of one hand are all cut off", () => {
  const side = [0, 0, 400, 0, 420, -30, 380, -30, 405, 8, 1600, 0]; // with a curl above it
  const back = [1600, 1600, 800, 1600, 780, 1630, 820, 1630, 795, 1592, 0, 1600];
  const ring = untangled([...side, ...back]);
  expect([firstCrossing(ring), ringFault(ring)]).toEqual([null, null]);
  expect(Math.abs(areaPx(ring) - 10_000)).toBeLessThan(50);
});

test("a loop of more than 3 % of the whole was meant, and stays to be refused", () => {
  const meant = [0, 0, 1600, 0, 1600, 1600, 700, 1600, 700, 2000, 1100, 2000, 1100, 1500, 0, 1500];
  expect(untangled(meant)).toBe(meant);
  expect(ringFault(meant)).toBe("That outline crosses itself. Draw around the area without crossing.");
});

test("what needs no untangling is the very same, and so is what is too long to try", () => {
  const long = disc(1000, 1000, 1000, 4001);
  expect(untangled(square)).toBe(square);
  expect(untangled(long)).toBe(long);
});

test("a line that runs far back over itself is not cut to what little it encloses", () => {
  const there = Array.from({ length: 50 }, (_, i) => [32 * i, (i % 3) * 4]).flat();
  const back = Array.from({ length: 50 }, (_, i) => [32 * (49 - i), ((i + 1) % 3) * 4]).flat();
  const patch = [0, 0, -160, 0, -160, 160, 0, 160];
  const line = [...there, ...back, ...patch];
  expect(untangled(line)).toBe(line);
  expect(ringFault(untangled(line))).toBe(
    "That outline crosses itself. Draw around the area without crossing.",
  );
});
