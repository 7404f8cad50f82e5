/** Regions and outlines that a test can work out by hand. */
import type { Region, Ring } from "../../src/model/annotation";

/** A rectangle, clockwise from its upper left corner; photo pixels in, 1/16 px out. */
export function box(left: number, top: number, right: number, bottom: number): Ring {
  return [left, top, right, top, right, bottom, left, bottom].map((value) => 16 * value);
}

/** A region of level 2 that is a square of 50 by 40 px, but for what the test says. */
export function region(id: string, over: Partial<Region> = {}): Region {
  return { id, level: 2, kind: "motion", rings: [box(10, 10, 60, 50)], z: 0, ...over };
}

/** A round ring with so many corners; photo pixels in, 1/16 px out. */
export function disc(x: number, y: number, radius: number, corners: number): Ring {
  return Array.from({ length: corners }, (_, i) => (2 * Math.PI * i) / corners).flatMap((angle) => [
    Math.round(16 * (x + radius * Math.cos(angle))),
    Math.round(16 * (y + radius * Math.sin(angle))),
  ]);
}
