/** Up to 100,000 points as pixels: written straight into the picture, which takes a few milliseconds a frame. */
import { LEFT_OUT, type Points } from "../model/atlas";
import type { View } from "./viewport";

/** The offsets of a disc's pixels from its middle, and how much of each it covers, in 256ths. */
interface Disc {
  readonly reach: number;
  readonly dx: Int8Array;
  readonly dy: Int8Array;
  readonly cover: Uint16Array;
}

/** A disc, with soft edges or with hard ones, which take half as long; the radius is in device pixels. */
export function disc(radius: number, isSoft: boolean): Disc {
  const reach = Math.ceil(radius);
  const pixels: [number, number, number][] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const share = Math.min(Math.max(radius + 0.5 - Math.hypot(dx, dy), 0), 1);
      const cover = Math.round(256 * (isSoft ? share : Math.round(share)));
      if (cover > 0) pixels.push([dx, dy, cover]);
    }
  }
  return {
    reach,
    dx: Int8Array.from(pixels, ([dx]) => dx),
    dy: Int8Array.from(pixels, ([, dy]) => dy),
    cover: Uint16Array.from(pixels, ([, , cover]) => cover),
  };
}

/** Draw points into a picture, those that the filters leave out below the others.
 *
 * @param view in device pixels.
 * @param colours of each code, as the picture holds them: 0xAABBGGRR.
 */
export function stamp(picture: ImageData, points: Points, view: View, colours: Uint32Array, of: Disc): void {
  const { width, height } = picture;
  const pixels = new Uint32Array(picture.data.buffer);
  const offsets = Int32Array.from(of.dx, (dx, k) => (of.dy[k] as number) * width + dx);
  for (const isBelow of [true, false]) {
    for (let i = 0; i < points.count; i++) {
      const code = points.codes[i] as number;
      if ((code === LEFT_OUT) !== isBelow) continue;
      const x = Math.round((points.x[i] as number) * view.scale + view.x);
      const y = Math.round((points.y[i] as number) * view.scale + view.y);
      const colour = colours[code] as number;
      const { reach } = of;
      if (x >= reach && y >= reach && x < width - reach && y < height - reach)
        paint(pixels, y * width + x, colour, offsets, of.cover);
      else if (x > -reach && y > -reach && x < width + reach && y < height + reach)
        paintAtEdge(pixels, width, height, x, y, colour, of);
    }
  }
}

function paint(
  pixels: Uint32Array,
  middle: number,
  colour: number,
  offsets: Int32Array,
  cover: Uint16Array,
): void {
  for (let k = 0; k < offsets.length; k++) {
    const at = middle + (offsets[k] as number);
    const share = cover[k] as number;
    pixels[at] = share === 256 ? colour : blended(pixels[at] as number, colour, share);
  }
}

function paintAtEdge(
  pixels: Uint32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  colour: number,
  { dx, dy, cover }: Disc,
): void {
  for (let k = 0; k < dx.length; k++) {
    const px = x + (dx[k] as number);
    const py = y + (dy[k] as number);
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const at = py * width + px;
    pixels[at] = blended(pixels[at] as number, colour, cover[k] as number);
  }
}

/** A share (in 256ths) of one colour over another, two channels at a time. */
function blended(below: number, above: number, share: number): number {
  const rest = 256 - share;
  const even = (((below & 0xff00ff) * rest + (above & 0xff00ff) * share) >>> 8) & 0xff00ff;
  const green = (((below >>> 8) & 0xff) * rest + ((above >>> 8) & 0xff) * share) & 0xff00;
  return (0xff000000 | even | green) >>> 0;
}
