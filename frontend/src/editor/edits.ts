/** Edits of a region by key, as values: what is chosen, moved, added to or taken from. */
import {
  bottomZ,
  type Document,
  type Kind,
  paintingOrder,
  type Region,
  SUBPIXEL,
  topZ,
} from "../model/annotation";
import { translated, withInsertedVertex } from "../model/geometry";
import type { Size } from "../model/raster";
import { uuid7 } from "../model/uuid7";
import type { VertexPlace } from "./tools/tool";

/** The region, or only these corners of it, moved by whole photo pixels. */
export function moved(region: Region, corners: readonly VertexPlace[], dx: number, dy: number): Region {
  const [x, y] = [dx * SUBPIXEL, dy * SUBPIXEL];
  return corners.length > 0
    ? withMovedCorners(region, corners, x, y)
    : { ...region, rings: translated(region.rings, x, y) };
}

/** The same by whole sub-pixels. */
export function withMovedCorners(
  region: Region,
  corners: readonly VertexPlace[],
  dx: number,
  dy: number,
): Region {
  const rings = region.rings.map((ring) => [...ring]);
  for (const { ring, vertex } of corners) {
    const points = rings[ring] as number[];
    points[2 * vertex] = (points[2 * vertex] as number) + dx;
    points[2 * vertex + 1] = (points[2 * vertex + 1] as number) + dy;
  }
  return { ...region, rings };
}

/** The region at another level: what is sharp has no kind of blur, and what was sharp gets the one in hand. */
export function releveled(region: Region, level: number, inHand: Kind): Region {
  const kind = level === 0 ? "unknown" : region.level === 0 ? inHand : region.kind;
  return { ...region, level, kind };
}

/** The document with this kind of blur for one region, or for all blurred ones of unknown kind, and how many those are. */
export function ofKind(
  document: Document,
  kind: Kind,
  only: Region | null,
): { document: Document; count: number } {
  const isMeant = (region: Region) =>
    region.level > 0 && region.kind !== kind && (only ? region.id === only.id : region.kind === "unknown");
  const count = document.regions.filter(isMeant).length;
  const regions = document.regions.map((region) => (isMeant(region) ? { ...region, kind } : region));
  return { document: { ...document, regions }, count };
}

/** The document with a level everywhere below its regions. A moved or shaken photo gets a region of its own for it. */
export function filled(document: Document, base: number, kind: Kind, photo: Size): Document {
  const [right, bottom] = [photo.width * SUBPIXEL, photo.height * SUBPIXEL];
  const ring = [0, 0, right, 0, right, bottom, 0, bottom];
  const isWhole = ({ rings }: Region) => rings.length === 1 && String(rings[0]) === String(ring);
  const regions = document.regions.filter((region) => !isWhole(region));
  if (kind !== "motion" && kind !== "shake") return { base, regions };
  const below = { id: uuid7(), level: base, kind, rings: [ring], z: bottomZ({ base, regions }) };
  return { base, regions: [below, ...regions] };
}

/** The region without these corners; a ring that loses all of them is gone. */
export function withoutCorners(region: Region, corners: readonly VertexPlace[]): Region {
  const gone = new Set(corners.map(({ ring, vertex }) => `${ring} ${vertex}`));
  const rings = region.rings.map((ring, r) => ring.filter((_, i) => !gone.has(`${r} ${i >> 1}`)));
  return { ...region, rings: rings.filter((ring) => ring.length > 0) };
}

/** The region with a corner in the middle of the edge that starts at this one. */
export function withMiddleCorner(region: Region, { ring, vertex }: VertexPlace): Region {
  return withRing(region, ring, (points) => {
    const next = (vertex + 1) % (points.length / 2);
    const middle = (axis: number) =>
      Math.round(((points[2 * vertex + axis] as number) + (points[2 * next + axis] as number)) / 2);
    return withInsertedVertex(points, vertex, middle(0), middle(1));
  });
}

/** The document with the region painted one place later (step 1) or earlier (-1), or null where it cannot be. */
export function reordered(document: Document, id: string, step: number): Document | null {
  const order = paintingOrder(document);
  const at = order.findIndex((region) => region.id === id);
  const [region, neighbour] = [order[at], order[at + step]];
  if (!region || !neighbour) return null;
  const places = new Map(
    order
      .with(at, neighbour)
      .with(at + step, region)
      .map((each, z) => [each.id, z]),
  );
  return {
    ...document,
    regions: document.regions.map((each) => ({ ...each, z: places.get(each.id) as number })),
  };
}

/** The model's document with a person's own regions painted over it; the model's keep their ids, so a second time adds none. */
export function stacked(model: Document, own: Document): Document {
  const theirs = new Set(model.regions.map(({ id }) => id));
  const above = topZ(model);
  const mine = paintingOrder(own).filter(({ id }) => !theirs.has(id));
  return {
    base: model.base ?? own.base,
    regions: [...model.regions, ...mine.map((region, i) => ({ ...region, z: above + i }))],
  };
}

function withRing(
  region: Region,
  index: number,
  change: (ring: readonly number[]) => readonly number[],
): Region {
  return { ...region, rings: region.rings.map((ring, i) => (i === index ? change(ring) : ring)) };
}
