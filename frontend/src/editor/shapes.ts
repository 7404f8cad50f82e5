/** Outlines as canvas paths with as many vertices as the zoom can show, kept as long as their region lives. */
import type { Region, Ring } from "../model/annotation";
import { SUBPIXEL } from "../model/annotation";
import { simplified } from "../model/simplify";

const paths = new WeakMap<Region, Map<number, Path2D>>();

/** The region's outline in photo pixels, true to half a device pixel at this zoom. */
export function outlineOf(region: Region, zoom: number): Path2D {
  const detail = detailAt(zoom);
  const known = paths.get(region) ?? new Map<number, Path2D>();
  const path = known.get(detail) ?? pathOf(region.rings, detail === 0 ? 0 : (SUBPIXEL / 2) * 2 ** detail);
  paths.set(region, known.set(detail, path));
  return path;
}

/** 0 where every vertex counts, 1 at half size and so on. */
function detailAt(zoom: number): number {
  return Math.max(0, Math.floor(-Math.log2(zoom)));
}

/** Rings as a path; ones whose vertices lie within `tolerance` of a simpler line are drawn as that line. */
function pathOf(rings: readonly Ring[], tolerance = 0): Path2D {
  const path = new Path2D();
  for (const ring of rings) {
    const line = tolerance > 0 && ring.length > 24 ? simplified(ring, tolerance) : ring;
    for (let i = 0; i < line.length; i += 2) {
      const x = (line[i] as number) / SUBPIXEL;
      const y = (line[i + 1] as number) / SUBPIXEL;
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    path.closePath();
  }
  return path;
}
