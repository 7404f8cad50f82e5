/** The colours of the test canvas, and how one lies over another. */
import { at } from "../../src/model/geometry";
import { type Matrix, SAME } from "./paths";

export type Colour = readonly [number, number, number, number];
export type Ink = (x: number, y: number) => Colour;

export function colourOf(style: string): Colour {
  const hex = /^#([0-9a-f]{6})([0-9a-f]{2})?$/.exec(style);
  if (hex) {
    const [rgb, alpha] = [Number.parseInt(hex[1] as string, 16), Number.parseInt(hex[2] ?? "ff", 16)];
    return [rgb >> 16, (rgb >> 8) & 255, rgb & 255, alpha];
  }
  const [red, green, blue] = (/^rgb\((.+)\)$/.exec(style)?.[1] ?? "").split(" ").map(Number);
  if (red === undefined || green === undefined || blue === undefined) throw new Error(`No colour: ${style}`);
  return [red, green, blue, 255];
}

export class Gradient {
  readonly stops: [number, Colour][] = [];
  constructor(private readonly length: number) {}
  addColorStop(part: number, style: string): void {
    this.stops.push([part, colourOf(style)]);
  }
  at(x: number): Colour {
    const part = x / this.length;
    const after = Math.max(
      1,
      this.stops.findIndex(([stop]) => stop >= part),
    );
    const [from, one] = this.stops[after - 1] as [number, Colour];
    const [to, other] = this.stops[after] as [number, Colour];
    return one.map((value, i) =>
      Math.round(value + (((other[i] as number) - value) * (part - from)) / (to - from)),
    ) as unknown as Colour;
  }
}

/** A tile laid again and again. */
export class Pattern {
  matrix: Matrix = SAME;
  constructor(
    readonly tile: { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray },
  ) {}
  setTransform(matrix: Matrix): void {
    this.matrix = matrix;
  }
}

/** Put a colour onto the pixel at this place of the bytes, as the composite operation says. */
export function blend(
  data: Uint8ClampedArray,
  place: number,
  source: Colour,
  alpha: number,
  how: string,
): void {
  const [over, under] = [(source[3] / 255) * alpha, (data[place + 3] as number) / 255];
  if (how === "source-over" && over === 0) return;
  if (how === "copy" || (how === "source-over" && over === 1))
    for (let c = 0; c < 4; c++) data[place + c] = at(source, c);
  else if (how === "destination-out") data[place + 3] = Math.round(255 * under * (1 - over));
  else if (how === "difference")
    for (let c = 0; c < 3; c++) data[place + c] = Math.abs((data[place + c] as number) - at(source, c));
  else {
    const both = over + under * (1 - over);
    for (let c = 0; c < 3 && both > 0; c++)
      data[place + c] = Math.round(
        (at(source, c) * over + (data[place + c] as number) * under * (1 - over)) / both,
      );
    data[place + 3] = Math.round(255 * both);
  }
}

/** Pixels without a canvas, row by row. */
export class Pixels {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}
