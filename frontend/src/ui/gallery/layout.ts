/** Where the tiles of a grid lie, and which of them are in sight. */
export const GAP = 12;
const NARROWEST = 172;
const CAPTION = 28;

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  /** From the top of a row to the top of the next. */
  readonly rowHeight: number;
  readonly height: number;
}

/** Tiles of 3:2 with a line of words below, as many to a row as are wide enough; two at least. */
export function layoutOf(count: number, width: number): Layout {
  const columns = Math.max(2, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const tileWidth = (width - (columns - 1) * GAP) / columns;
  const rowHeight = Math.round((tileWidth * 2) / 3) + CAPTION + GAP;
  const rows = Math.ceil(count / columns);
  return { columns, rows, tileWidth, rowHeight, height: Math.max(0, rows * rowHeight - GAP) };
}

/** The first and the last row within `margin` of what is in sight; `top` is the grid's distance above the window's. */
export function rowsInSight(
  { rows, rowHeight }: Layout,
  top: number,
  room: number,
  margin: number,
): [number, number] {
  const first = Math.floor((-top - margin) / rowHeight);
  const last = Math.floor((-top + room + margin) / rowHeight);
  return [Math.max(0, Math.min(first, rows - 1)), Math.max(-1, Math.min(last, rows - 1))];
}

/** Where a key leads from a place in the grid, or null. */
export function stepOf(
  key: string,
  columns: number,
  page: number,
  count: number,
): ((at: number) => number) | null {
  const steps: Record<string, (at: number) => number> = {
    ArrowLeft: (at) => at - 1,
    ArrowRight: (at) => at + 1,
    ArrowUp: (at) => (at < columns ? at : at - columns),
    ArrowDown: (at) => (at + columns < count ? at + columns : at),
    PageUp: (at) => Math.max(at % columns, at - page * columns),
    PageDown: (at) => {
      const steps = Math.min(page, Math.floor((count - 1 - at) / columns));
      return at + steps * columns;
    },
    Home: () => 0,
    End: () => count - 1,
  };
  return steps[key] ?? null;
}
