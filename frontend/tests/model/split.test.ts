import fc from "fast-check";
import { expect, test } from "vitest";
import type { Region, Ring } from "../../src/model/annotation";
import { areaPx, boundsOf, distanceToSegment, netArea } from "../../src/model/geometry";
import { rasterize } from "../../src/model/raster";
import { split } from "../../src/model/split";
import { box } from "./shapes";

const size = { width: 130, height: 130 };
const square: Ring = [160, 160, 1760, 160, 1760, 1760, 160, 1760]; // 100 px wide

function mask(rings: readonly Ring[]): Uint8Array {
  const region: Region = { id: "a", level: 1, kind: "unknown", z: 0, rings };
  return rasterize({ base: 0, regions: [region] }, size);
}

const area = (rings: readonly Ring[]) => mask(rings).reduce((sum, inside) => sum + inside, 0);

test("a line from edge to edge makes two parts that share it exactly, the larger first", () => {
  const parts = split([square], [0, 560, 1900, 560]);
  expect(parts.map(area)).toEqual([100 * 75, 100 * 25]);
  expect(parts.flat(2).filter((_, i) => i % 2 === 1)).toEqual(expect.arrayContaining([560, 560, 560, 560]));
});

test("a line that stops inside cuts only where it reaches the outline when drawn out", () => {
  const short: Ring = [400, 560, 1700, 560];
  expect(split([square], short)).toEqual([[square]]);
  expect(split([square], short, 100)).toEqual([[square]]);
  expect(split([square], short, 300).map(area)).toEqual([100 * 75, 100 * 25]);
  expect(split([square], [0, 0, 0, 1900])).toEqual([[square]]);
});

test("a winding line makes as many parts as it tears off, and a hole stays with its part", () => {
  const wave: Ring = [0, 960, 400, 960, 400, 60, 800, 60, 800, 960, 1900, 960];
  expect(split([square], wave).length).toBe(3);
  const hole: Ring = [800, 1200, 1000, 1200, 1000, 1400, 800, 1400];
  const [below, above] = split([square, hole], [0, 800, 1900, 800]);
  expect([below?.length, above?.length]).toEqual([2, 1]);
});

test("a body that the line does not touch stays with the largest part", () => {
  const far: Ring = [160, 1900, 1760, 1900, 1760, 2000, 160, 2000];
  const [first, second] = split([square, far], [0, 560, 1900, 560]);
  expect([first?.length, second?.length]).toEqual([2, 1]);
  expect(areaPx(first?.[1] ?? [])).toBe(areaPx(far));
});

const areas = (parts: readonly (readonly Ring[])[]) => parts.map((rings) => netArea(rings) / 512);

test("a line aslant from corner to corner makes two triangles that have its ends", () => {
  const parts = split([square], [160, 160, 1760, 1760]);
  expect(areas(parts)).toEqual([5000, 5000]);
  for (const [ring] of parts) {
    expect(ring?.length).toBe(6);
    expect(boundsOf([ring ?? []])).toEqual(boundsOf([square]));
  }
});

test("a bent line makes parts with its bend", () => {
  const [large, small] = split([square], [960, 0, 960, 960, 1900, 960]);
  expect(areas([large ?? [], small ?? []])).toEqual([7500, 2500]);
  expect(small).toEqual([[1760, 960, 960, 960, 960, 160, 1760, 160]]);
  expect(large).toEqual([[960, 160, 960, 960, 1760, 960, 1760, 1760, 160, 1760, 160, 160]]);
});

test("the parts have no corners but the region's own, the line's and those where they meet", () => {
  const [large, small] = split([square], [900, 0, 700, 900, 1000, 1900]);
  expect(large).toEqual([[1760, 1760, 958, 1760, 700, 900, 864, 160, 1760, 160]]);
  expect(small).toEqual([[700, 900, 958, 1760, 160, 1760, 160, 160, 864, 160]]);
});

test("a part keeps the corner at which its pieces met twice, a sixteenth of a pixel apart", () => {
  const star = [1746, 823, 1496, 1192, 1169, 969, 1067, 888, 1067, 758, 1169, 677, 1296, 706];
  expect(areas(split([star], [1509, 1172, 731, 0])).map(Math.round)).toEqual([453, 307]);
});

test("a line through a hole leaves two parts without one", () => {
  const parts = split([square, box(50, 50, 70, 70)], [960, 0, 960, 1900]);
  expect(parts.map((rings) => rings.length)).toEqual([1, 1]);
  expect(areas(parts)).toEqual([4800, 4800]);
});

test("a line that stops in a hole cuts nothing off", () => {
  const rings = [square, box(50, 50, 70, 70)];
  expect(split(rings, [960, 0, 960, 960])).toEqual([rings]);
});

test("a line across both arms of a U makes three parts", () => {
  const cup = [160, 160, 560, 160, 560, 1360, 1360, 1360, 1360, 160, 1760, 160, 1760, 1760, 160, 1760];
  expect(areas(split([cup], [0, 760, 1900, 760]))).toEqual([
    100 * 100 - 50 * 75 - 2 * 25 * 37.5,
    937.5,
    937.5,
  ]);
});

test("two bodies are each cut where the line crosses them", () => {
  const rings = [box(10, 10, 40, 40), box(60, 10, 90, 50)];
  expect(areas(split(rings, [0, 400, 1900, 400]))).toEqual([750, 450, 450, 450].sort((a, b) => b - a));
});

test("a sliver too small for a region is not cut off", () => {
  const rings = [square];
  expect(split(rings, [0, 164, 1900, 164])).toEqual([rings]); // a quarter pixel by a hundred would be 25 square pixels
  expect(areas(split(rings, [150, 282, 282, 150]))).toEqual([9975.5, 24.5]); // a corner of 7 by 7
  expect(split(rings, [150, 250, 250, 150])).toEqual([rings]); // and one of 5 by 5
});

test("a region is cut by what lies on it, however far off the line begins", () => {
  expect(areas(split([square], [-90_000, 560, 90_000, 560]))).toEqual([7500, 2500]);
});

test("a line of one place cuts nothing, drawn out or not", () => {
  for (const reach of [0, 300]) {
    expect(split([square], [560, 560, 560, 560], reach)).toEqual([[square]]);
  }
});

const stars = fc
  .tuple(
    fc.integer({ min: 700, max: 1300 }),
    fc.integer({ min: 700, max: 1300 }),
    fc.array(fc.integer({ min: 150, max: 650 }), { minLength: 4, maxLength: 14 }),
  )
  .map(([x, y, radii]) =>
    radii.flatMap((radius, i) => {
      const angle = (2 * Math.PI * i) / radii.length;
      return [Math.round(x + radius * Math.cos(angle)), Math.round(y + radius * Math.sin(angle))];
    }),
  );
const lines = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 2000 })), {
    minLength: 2,
    maxLength: 6,
  })
  .map((points) => points.flat());

const tornOff = [1199, 704, 1143, 821, 1016, 850, 573, 933, 881, 623, 1016, 558, 1143, 587];
const acrossIt = [446, 1584, 765, 244, 881, 609, 136, 1542]; // its cut ends on an edge through 17 pixels' middles

/** Whether a pixel's middle lies on the ring, give or take two steps of the grid: by so much a new corner moves an edge. */
function isOn(pixel: number, ring: Ring): boolean {
  const [x, y] = [16 * (pixel % size.width) + 8, 16 * Math.floor(pixel / size.width) + 8];
  const edges = ring.flatMap((_, i) => (i % 2 ? [] : [[...ring, ...ring].slice(i, i + 4)]));
  return edges.some((edge) => distanceToSegment(x, y, ...(edge as [number, number, number, number])) <= 2);
}

test("whatever the line, each pixel is in one part, but for some whose middle lies on an outline or the line", () => {
  fc.assert(
    fc.property(stars, lines, (star, line) => {
      const count = new Uint8Array(size.width * size.height);
      for (const part of split([star], line))
        for (const [i, inside] of mask(part).entries()) count[i] = (count[i] as number) + inside;
      const whole = mask([star]);
      const wrong = [...count.keys()].filter((i) => count[i] !== whole[i]);
      expect(wrong.filter((i) => !isOn(i, star) && !isOn(i, line))).toEqual([]);
    }),
    { numRuns: 100, examples: [[tornOff, acrossIt]] },
  );
});

test("whatever the line, the parts come by size and have the whole's area between them", () => {
  fc.assert(
    fc.property(stars, lines, (star, line) => {
      const parts = areas(split([star], line));
      expect(parts).toEqual([...parts].sort((a, b) => b - a));
      const lost = Math.abs(parts.reduce((sum, part) => sum + part, 0) - areaPx(star));
      expect(lost).toBeLessThan(8 * parts.length);
    }),
    { numRuns: 100 },
  );
});
