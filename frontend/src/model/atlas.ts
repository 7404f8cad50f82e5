/** Points of an atlas, and areas of it as the address writes them: `ATLAS_x-y_x-y_x-y`. */
import type { Ring } from "./annotation";
import { at, doubleArea } from "./geometry";
import { simplified } from "./simplify";

/** Units of an atlas from side to side. */
export const SIDE = 10_000;
/** Codes of points: of another value or none, and of what the filters leave out. */
export const NO_VALUE = 254;
export const LEFT_OUT = 255;

const BYTES = 14; // of a point
const MOST_CORNERS = 100;
const LEAST_AREA = 200; // twice, in square units: what a click that slips goes round

export interface Points {
  readonly count: number;
  readonly ids: Float64Array;
  readonly x: Uint16Array;
  readonly y: Uint16Array;
  readonly codes: Uint8Array;
}

/** The points that the API sends. */
export function unpacked(base64: string): Points {
  const text = atob(base64);
  const view = new DataView(new ArrayBuffer(text.length));
  for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));
  const count = text.length / BYTES;
  const ids = new Float64Array(count);
  const x = new Uint16Array(count);
  const y = new Uint16Array(count);
  const codes = new Uint8Array(count);
  for (let i = 0, byte = 0; i < count; i++, byte += BYTES) {
    ids[i] = view.getUint32(byte) * 2 ** 32 + view.getUint32(byte + 4);
    x[i] = view.getUint16(byte + 8);
    y[i] = view.getUint16(byte + 10);
    codes[i] = view.getUint16(byte + 12);
  }
  return { count, ids, x, y, codes };
}

/** How many points have each code. */
export function tallied({ codes }: Points): Uint32Array {
  const tally = new Uint32Array(256);
  for (const code of codes) tally[code] = (tally[code] as number) + 1;
  return tally;
}

/** The area inside a closed line, in units, as the address writes it; null where the line goes round nothing. */
export function areaWithin(atlas: number, line: Ring): string | null {
  const whole = line.map((value) => Math.min(Math.max(Math.round(value), 0), SIDE - 1));
  let ring: Ring = whole;
  for (let tolerance = 1; ring.length > 2 * MOST_CORNERS; tolerance *= 1.5)
    ring = simplified(whole, tolerance);
  if (Math.abs(doubleArea(ring)) < LEAST_AREA) return null;
  let area = `${atlas}`;
  for (let i = 0; i < ring.length; i += 2) area += `_${at(ring, i)}-${at(ring, i + 1)}`;
  return area;
}

/** The corners of an area of this atlas; null where it is of another. */
export function cornersOf(atlas: number, area: string | null): Ring | null {
  const [of, ...corners] = (area ?? "").split("_");
  return Number(of) === atlas ? corners.flatMap((corner) => corner.split("-").map(Number)) : null;
}

/** The point nearest to a place, in units, that the filters do not leave out; -1 where none is within `reach`. */
export function nearestPoint(points: Points, x: number, y: number, reach: number): number {
  let best = -1;
  let least = reach * reach;
  for (let i = 0; i < points.count; i++) {
    const dx = (points.x[i] as number) - x;
    const dy = (points.y[i] as number) - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least && points.codes[i] !== LEFT_OUT) {
      best = i;
      least = distance;
    }
  }
  return best;
}
