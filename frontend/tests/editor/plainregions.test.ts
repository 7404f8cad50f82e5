import fc from "fast-check";
import { expect, test } from "vitest";
import { PlainRegions } from "../../src/editor/plainregions";
import { RegionIndex } from "../../src/editor/regionindex";
import { map, square } from "../ui/samples";

test("it finds what the index finds, in painting order", () => {
  const place = fc.integer({ min: -20, max: 120 });
  const squares = fc.array(fc.tuple(place, place, fc.integer({ min: 1, max: 40 })), { maxLength: 12 });
  fc.assert(
    fc.property(squares, fc.tuple(place, place, place, place), (sides, [a, b, c, d]) => {
      const document = map(0, ...sides.map(([x, y, side], i) => square(`r${i}`, 1, x, y, side)));
      const box = [Math.min(a, b), Math.min(c, d), Math.max(a, b), Math.max(c, d)] as const;
      const plain = new PlainRegions(document);
      expect(plain.within(...box)).toEqual(new RegionIndex(document).within(...box));
      expect(plain.regions).toEqual(new RegionIndex(document).regions);
    }),
  );
});
