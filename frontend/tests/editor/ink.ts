/** The colours of the test canvas, and how one lies over another. */
import { type Matrix, SAME } from "./paths";

/** Red, green, blue and alpha from the lowest byte on, as a canvas has them in memory. */
export type Colour = number;
export type Ink = (x: number, y: number) => Colour;

const packed = (red: number, green: number, blue: number, alpha = 255): Colour =>
  (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0;

const part = (colour: Colour, channel: number) => (colour >>> (8 * channel)) & 255;

export function colourOf(style: string): Colour {
  const hex = /^#([0-9a-f]{6})([0-9a-f]{2})?$/.exec(style);
  if (hex) {
    const [rgb, alpha] = [Number.parseInt(hex[1] as string, 16), Number.parseInt(hex[2] ?? "ff", 16)];
    return packed(rgb >> 16, (rgb >> 8) & 255, rgb & 255, alpha);
  }
  const [red, green, blue] = (/^rgb\((.+)\)$/.exec(style)?.[1] ?? "").split(" ").map(Number);
  if (red === undefined || green === undefined || blue === undefined) throw new Error(`No colour: ${style}`);
  return packed(red, green, blue);
}

/** A colour as tests write it: #12ab00, or #12ab00 at 50 % where it is not opaque; empty where nothing is painted. */
export function nameOf(colour: Colour): string {
  const [rgb, alpha] = [[0, 1, 2].map((channel) => part(colour, channel)), part(colour, 3)];
  const hex = rgb.map((value) => value.toString(16).padStart(2, "0")).join("");
  if (alpha === 0) return "";
  return alpha === 255 ? `#${hex}` : `#${hex} at ${Math.round((100 * alpha) / 255)} %`;
}

export class Gradient {
  readonly stops: [number, Colour][] = [];
  constructor(private readonly length: number) {}
  addColorStop(place: number, style: string): void {
    this.stops.push([place, colourOf(style)]);
  }
  at(x: number): Colour {
    const place = x / this.length;
    const after = Math.max(
      1,
      this.stops.findIndex(([stop]) => stop >= place),
    );
    const [from, one] = this.stops[after - 1] as [number, Colour];
    const [to, other] = this.stops[after] as [number, Colour];
    const [red, green, blue] = [0, 1, 2].map((channel) => {
      const [low, high] = [part(one, channel), part(other, channel)];
      return Math.round(low + ((high - low) * (place - from)) / (to - from));
    }) as [number, number, number];
    return packed(red, green, blue);
  }
}

/** A tile laid again and again. */
export class Pattern {
  matrix: Matrix = SAME;
  constructor(
    readonly tile: { readonly width: number; readonly height: number; readonly pixels: Uint32Array },
  ) {}
  setTransform(matrix: Matrix): void {
    this.matrix = matrix;
  }
}

/** What a pixel is with a colour on it, as the composite operation says. */
export function blended(under: Colour, source: Colour, opacity: number, how: string): Colour {
  const over = (part(source, 3) / 255) * opacity;
  if (how === "copy" || (how === "source-over" && over === 1)) return source;
  if (how === "difference") {
    const [red, green, blue] = [0, 1, 2].map((channel) =>
      Math.abs(part(under, channel) - part(source, channel)),
    );
    return packed(red as number, green as number, blue as number, part(under, 3));
  }
  const left = (part(under, 3) / 255) * (1 - over);
  if (how === "destination-out") return ((under & 0xffffff) | (Math.round(255 * left) << 24)) >>> 0;
  const both = over + left;
  if (both === 0) return 0;
  const mix = (channel: number) =>
    Math.round((part(source, channel) * over + part(under, channel) * left) / both);
  return packed(mix(0), mix(1), mix(2), Math.round(255 * both));
}

/** Pixels without a canvas, row by row. */
export class Pixels {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}
