/** How the tiles of one photo stand side by side, so that each is as large as the window allows. */
import type { Size } from "../../model/raster";

export const GAP = 8; // CSS pixels between tiles
export const CAPTION = 40; // CSS pixels below a picture
const NARROWEST = 320; // CSS pixels: below that a page rather scrolls

/** A picture's sides in CSS pixels; all have the photo's shape, or nearly so where that is very long. */
export interface Arrangement extends Size {
  readonly columns: number;
}

/** So many tiles in a room of CSS pixels: full rows are better than rows with a gap, larger tiles better than small.
 *
 * None is narrower than `narrowest`, even if it does not fit then.
 */
export function arranged(count: number, photo: Size, room: Size, narrowest = NARROWEST): Arrangement {
  const options = Array.from({ length: count }, (_, i) => inColumns(i + 1, count, photo, room, narrowest));
  const worth = ({ columns, width }: Arrangement) =>
    width * Math.sqrt(count / (columns * Math.ceil(count / columns)));
  return options.reduce((best, option) => (worth(option) > worth(best) ? option : best));
}

function inColumns(columns: number, count: number, photo: Size, room: Size, narrowest: number): Arrangement {
  const rows = Math.ceil(count / columns);
  const shape = Math.min(Math.max(photo.width / photo.height, 0.6), 2);
  const across = (room.width - (columns - 1) * GAP) / columns;
  const down = (room.height - (rows - 1) * GAP) / rows - CAPTION;
  const width = Math.floor(Math.min(across, Math.max(narrowest, down * shape)));
  return { columns, width, height: Math.round(width / shape) };
}
