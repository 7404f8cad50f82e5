/** Generators of regions and documents for property tests. */
import fc from "fast-check";
import { type Document, KINDS, type Region } from "../../src/model/annotation";

export const LEVELS = 4;

const coordinate = fc.integer({ min: -200, max: 900 });
const ring = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 9 })
  .map((points) => points.flat());

/** Documents are equal as painters' stacks: the order in the list says nothing. */
export function sorted(document: Document): Document {
  return { ...document, regions: [...document.regions].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

export function regionOf(id: string): fc.Arbitrary<Region> {
  return fc.record({
    id: fc.constant(id),
    level: fc.integer({ min: 0, max: LEVELS - 1 }),
    kind: fc.constantFrom(...KINDS),
    rings: fc.array(ring, { minLength: 1, maxLength: 3 }),
    z: fc.integer({ min: 0, max: 5 }),
  });
}

export const documents: fc.Arbitrary<Document> = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 6 })
  .chain((ids) =>
    fc.record({
      base: fc.option(fc.integer({ min: 0, max: LEVELS - 1 })),
      regions: fc.tuple(...ids.map(regionOf)).map((regions): Region[] => regions),
    }),
  );
