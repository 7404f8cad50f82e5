/** Where a corner goes when it is near what is there: exactly onto another region's corner or edge, or the photo's border. */
import { type Document, type Ring, SUBPIXEL } from "../model/annotation";
import { at, withInsertedVertex } from "../model/geometry";
import { nearestEdge, nearestVertex } from "../model/nearest";
import type { Size } from "../model/raster";
import { withRegion } from "../model/store";
import type { RegionIndex } from "./regionindex";
import { fromGrid, type ImagePoint, toGrid } from "./viewport";

/** A place on the grid of 1/16 px, and the region whose corner or edge it is on; null is the photo's border. */
export interface Snap {
  readonly x: number;
  readonly y: number;
  readonly onto: "corner" | "edge";
  readonly region: string | null;
}

/** The nearest corner within `reach` photo pixels, else the nearest place on an edge, else null.
 *
 * @param except the region in hand, which does not snap onto itself.
 */
export function snapAt(
  point: ImagePoint,
  index: RegionIndex,
  photo: Size | null,
  reach: number,
  except: string | null = null,
): Snap | null {
  const [x, y] = [point.x * SUBPIXEL, point.y * SUBPIXEL];
  const near: (readonly [string | null, readonly Ring[]])[] = index
    .within(point.x - reach, point.y - reach, point.x + reach, point.y + reach)
    .filter(({ id }) => id !== except)
    .map(({ id, rings }) => [id, rings] as const);
  if (photo) near.push([null, [borderOf(photo)]]);
  for (const onto of ["corner", "edge"] as const) {
    const nearest = onto === "corner" ? nearestVertex : nearestEdge;
    let best: Snap | null = null;
    let limit = reach * SUBPIXEL;
    for (const [region, rings] of near) {
      const place = nearest(rings, x, y, limit);
      if (!place) continue;
      const ring = rings[place.ring] as Ring;
      const [gx, gy] = onto === "corner" ? cornerOf(ring, place.vertex) : footOn(ring, place.vertex, x, y);
      best = { x: gx, y: gy, onto, region };
      limit = place.distance;
    }
    if (best) return best;
  }
  return null;
}

const FAR = 1e6; // corners come before edges, however near those are
const MOST_CORNERS = 240; // of a moved region that are held against its neighbours

/** Where a region that is moved comes to rest: that one of its corners which is nearest to a corner of what is there, else to
 * an edge, goes exactly onto it.
 *
 * @param rings as they are where the hand has moved them.
 * @param snap what a single corner goes onto.
 * @returns the snap and the further way to it in 1/16 px, or null where no corner is near anything.
 */
export function snapWhole(
  rings: readonly Ring[],
  snap: (corner: ImagePoint) => Snap | null,
): { readonly snap: Snap; readonly dx: number; readonly dy: number } | null {
  const corners = rings.flat();
  const step = 2 * Math.ceil(corners.length / 2 / MOST_CORNERS);
  let best: { snap: Snap; dx: number; dy: number } | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < corners.length; i += step) {
    const [x, y] = [at(corners, i), at(corners, i + 1)];
    const found = snap(fromGrid(x, y));
    if (!found) continue;
    const [dx, dy] = [found.x - x, found.y - y];
    const far = Math.hypot(dx, dy) + (found.onto === "edge" ? FAR : 0);
    if (far < least) [best, least] = [{ snap: found, dx, dy }, far];
  }
  return best;
}

/** The document with a corner in each edge that one of the ring's corners was snapped onto, so that both share it. */
export function withJunctions(document: Document, snaps: readonly Snap[], ring: Ring): Document {
  return snaps.reduce((changed, { x, y, onto, region }) => {
    const neighbour = changed.regions.find(({ id }) => id === region);
    const isUsed = ring.some((value, i) => i % 2 === 0 && value === x && ring[i + 1] === y);
    if (!neighbour || onto === "corner" || !isUsed || nearestVertex(neighbour.rings, x, y, 0)) return changed;
    const edge = nearestEdge(neighbour.rings, x, y, 1);
    if (!edge) return changed;
    const rings = neighbour.rings.map((each, r) =>
      r === edge.ring ? withInsertedVertex(each, edge.vertex, x, y) : each,
    );
    return withRegion(changed, neighbour.id, { ...neighbour, rings });
  }, document);
}

function borderOf({ width, height }: Size): Ring {
  const [right, bottom] = [width * SUBPIXEL, height * SUBPIXEL];
  return [0, 0, right, 0, right, bottom, 0, bottom];
}

function cornerOf(ring: Ring, vertex: number): [number, number] {
  return [at(ring, 2 * vertex), at(ring, 2 * vertex + 1)];
}

/** The grid's place nearest to the point's foot on the edge that starts at this corner. */
function footOn(ring: Ring, vertex: number, x: number, y: number): [number, number] {
  const [ax, ay] = cornerOf(ring, vertex);
  const [bx, by] = cornerOf(ring, (vertex + 1) % (ring.length / 2));
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(Math.max(along, 0), 1);
  return [Math.round(ax + t * dx), Math.round(ay + t * dy)];
}

/** The snapped place, else the hand's own, on the grid. */
export function placeOf(snap: Snap | null, point: ImagePoint): [number, number] {
  return snap ? [snap.x, snap.y] : toGrid(point);
}
