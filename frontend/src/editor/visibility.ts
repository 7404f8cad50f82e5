/** Which blur a zoom hides: a photo made smaller looks sharper than it is. */
import type { Size } from "../model/raster";

const REFERENCE_SIDE = 1024; // levels are intervals of sigma at this long side
const SMALLEST_VISIBLE = 0.7; // sigma in device pixels

/** Levels whose faintest blur cannot be seen at this zoom, in device pixels a photo pixel. */
export function hiddenLevels(
  levels: readonly { level: number; sigma_from: number }[],
  photo: Size,
  zoom: number,
): number[] {
  if (zoom >= 1) return [];
  const scale = (Math.max(photo.width, photo.height) / REFERENCE_SIDE) * zoom;
  const hidden = levels.filter(({ level, sigma_from }) => level > 0 && sigma_from * scale < SMALLEST_VISIBLE);
  return hidden.map(({ level }) => level);
}
