/** The region document: what one person says about the blur of one photo, as a painter's stack of polygons.
 *
 * The same shape, limits and refusals as annotate/core/regions.py. Values are immutable: an edit makes a new document.
 */

export const SUBPIXEL = 16; // coordinates are integers in 1/16 px of the upright photo, origin top-left, y down
export const IGNORE = 255; // in a blur map: no level, as where the base is null and nothing is painted
export const KINDS = ["defocus", "motion", "shake", "unknown"] as const;
const DESIRABILITIES = ["none", "good", "ok", "bad"] as const;

export const MAX_LEVELS = 8;
export const MAX_REGIONS = 5_000;
export const MAX_RING_VERTICES = 4_000;
export const MAX_VERTICES = 200_000;
const MAX_COORDINATE = SUBPIXEL * 2 ** 20;
const MAX_Z = 2 ** 31 - 1;
const ID = /^[A-Za-z0-9_.:-]{1,64}$/;

export type Kind = (typeof KINDS)[number];
export type Desirability = (typeof DESIRABILITIES)[number];

/** Flat `[x0, y0, x1, y1, ...]` in 1/16 px, implicitly closed. */
export type Ring = readonly number[];

export interface Region {
  readonly id: string;
  readonly level: number;
  readonly kind: Kind;
  readonly rings: readonly Ring[];
  readonly z: number;
}

export interface Document {
  readonly base: number | null;
  readonly regions: readonly Region[];
}

export const EMPTY: Document = { base: null, regions: [] };

/** A document that is malformed or over a limit; `where` names the place, such as `regions[3].rings[0][7]`. */
export class InvalidDocument extends Error {
  constructor(
    readonly detail: string,
    readonly where: string | null,
  ) {
    super(where === null ? detail : `${where}: ${detail}`);
  }
}

/** The regions from the first painted to the last, which covers the others. */
export function paintingOrder(document: Document): Region[] {
  return [...document.regions].sort((a, b) => a.z - b.z || (a.id < b.id ? -1 : 1));
}

/** The z that paints above everything in the document. */
export function topZ(document: Document): number {
  return document.regions.reduce((top, region) => Math.max(top, region.z + 1), 0);
}

/** The z that paints below everything in the document. */
export function bottomZ(document: Document): number {
  return document.regions.reduce((bottom, region) => Math.min(bottom, region.z - 1), 0);
}

/** Whether two regions, or their absence, say the same. */
export function isSameRegion(a: Region | null, b: Region | null): boolean {
  return (
    a === b || (a !== null && b !== null && JSON.stringify(canonical(a)) === JSON.stringify(canonical(b)))
  );
}

function canonical({ id, level, kind, rings, z }: Region): Region {
  return { id, level, kind, rings, z };
}

/** The document that decoded JSON describes.
 *
 * @throws InvalidDocument where something is missing, unknown, of the wrong type or over a limit.
 */
export function parseDocument(raw: unknown, levelCount: number): Document {
  const document = requireKeys(raw, ["base", "regions"], null);
  if (document.base !== null) requireInteger(document.base, 0, levelCount - 1, "base");
  const regions = requireList(document.regions, "regions", MAX_REGIONS, "regions").map((region, i) =>
    parseRegion(region, levelCount, `regions[${i}]`),
  );
  const seen = new Set<string>();
  for (const [i, { id }] of regions.entries()) {
    if (seen.has(id))
      throw new InvalidDocument(`Give each region its own id; '${id}' is used twice.`, `regions[${i}].id`);
    seen.add(id);
  }
  if (vertexCount(regions) > MAX_VERTICES) {
    throw new InvalidDocument(`Simplify the outlines: a photo may have ${MAX_VERTICES} points.`, "regions");
  }
  return { base: document.base as number | null, regions };
}

/** How many vertices the regions have together. */
export function vertexCount(regions: readonly Region[]): number {
  return (
    regions.reduce((sum, { rings }) => sum + rings.reduce((points, ring) => points + ring.length, 0), 0) / 2
  );
}

function parseRegion(raw: unknown, levelCount: number, where: string): Region {
  const { id, level, kind, rings, z } = requireKeys(raw, ["id", "level", "kind", "rings", "z"], where);
  if (typeof id !== "string" || !ID.test(id)) {
    throw new InvalidDocument("Use 1 to 64 letters, digits, or any of _ . : - as the id.", `${where}.id`);
  }
  if (!KINDS.includes(kind as Kind)) {
    throw new InvalidDocument(`Use one of these kinds: ${KINDS.join(", ")}.`, `${where}.kind`);
  }
  requireInteger(level, 0, levelCount - 1, `${where}.level`);
  requireInteger(z, -MAX_Z, MAX_Z, `${where}.z`);
  const parsed = requireList(rings, "rings", Math.floor(MAX_VERTICES / 3), `${where}.rings`);
  if (parsed.length === 0)
    throw new InvalidDocument(
      "Give the region at least one ring, or leave the region out.",
      `${where}.rings`,
    );
  return {
    id,
    level: level as number,
    kind: kind as Kind,
    rings: parsed.map((ring, i) => parseRing(ring, `${where}.rings[${i}]`)),
    z: z as number,
  };
}

function parseRing(raw: unknown, where: string): Ring {
  const ring = requireList(raw, "numbers", 2 * MAX_RING_VERTICES, where);
  if (ring.length < 6 || ring.length % 2 === 1) {
    throw new InvalidDocument("Write a ring as x, y pairs of at least three points.", where);
  }
  for (let i = 0; i < ring.length; i++)
    requireInteger(ring[i], -MAX_COORDINATE, MAX_COORDINATE, `${where}[${i}]`);
  return ring as number[];
}

function requireKeys(raw: unknown, keys: string[], where: string | null): Record<string, unknown> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new InvalidDocument(`Send an object with ${keys.join(", ")}.`, where);
  }
  const missing = keys.find((key) => !Object.hasOwn(raw, key));
  if (missing !== undefined) throw new InvalidDocument(`Add the missing '${missing}'.`, where);
  const unknown = Object.keys(raw).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw new InvalidDocument(`Remove the unknown '${unknown.slice(0, 40)}'.`, where);
  return raw as Record<string, unknown>;
}

function requireList(raw: unknown, noun: string, limit: number, where: string): unknown[] {
  if (!Array.isArray(raw)) throw new InvalidDocument(`Send a list of ${noun}.`, where);
  if (raw.length > limit)
    throw new InvalidDocument(`Send at most ${limit} ${noun} here; these are ${raw.length}.`, where);
  return raw;
}

function requireInteger(value: unknown, lowest: number, highest: number, where: string): void {
  if (!Number.isInteger(value) || (value as number) < lowest || (value as number) > highest) {
    throw new InvalidDocument(`Use a whole number from ${lowest} to ${highest}.`, where);
  }
}
