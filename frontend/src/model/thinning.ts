/** Outlines with fewer corners: those go first without which the least area changes (Visvalingam and Whyatt, 1993). */
import type { Ring } from "./annotation";
import { at, netArea } from "./geometry";

/**
 * The rings with as few corners as keep the overlap (IoU) with what they enclosed at 1 - `share` or more.
 *
 * Each corner that goes changes no more than its triangle with its neighbours; the sum of these stays below the share. A
 * triangle goes as a whole.
 */
export function thinned(rings: readonly Ring[], share: number): Ring[] {
  const lines = rings.map((ring) => [...ring]);
  const costs = lines.map((line) => Array.from({ length: line.length / 2 }, (_, i) => costOf(line, i)));
  let budget = share * netArea(rings);
  for (;;) {
    const [ring, corner] = cheapest(costs);
    const line = lines[ring];
    const cost = costs[ring]?.[corner] ?? Infinity;
    budget -= cost;
    const own = costs[ring];
    if (!line || !own || budget < 0) return lines;
    if (own.length === 3) {
      lines.splice(ring, 1);
      costs.splice(ring, 1);
      continue;
    }
    line.splice(2 * corner, 2);
    own.splice(corner, 1);
    const count = own.length;
    for (const i of [(corner - 1 + count) % count, corner % count]) own[i] = Math.max(cost, costOf(line, i)); // what hung on this corner goes no earlier than it
  }
}

/** Twice the area of the triangle of a corner and its neighbours. */
function costOf(line: Ring, corner: number): number {
  const count = line.length / 2;
  const [a, b, c] = [(corner - 1 + count) % count, corner, (corner + 1) % count];
  const [ax, ay] = [at(line, 2 * a), at(line, 2 * a + 1)];
  const [bx, by] = [at(line, 2 * b) - ax, at(line, 2 * b + 1) - ay];
  const [cx, cy] = [at(line, 2 * c) - ax, at(line, 2 * c + 1) - ay];
  return Math.abs(bx * cy - by * cx);
}

function cheapest(costs: readonly (readonly number[])[]): [ring: number, corner: number] {
  let [ring, corner, least] = [-1, -1, Infinity];
  for (const [r, own] of costs.entries()) {
    for (let i = 0; i < own.length; i++) {
      if ((own[i] as number) < least) [ring, corner, least] = [r, i, own[i] as number];
    }
  }
  return [ring, corner];
}
