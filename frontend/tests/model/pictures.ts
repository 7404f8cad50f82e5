/** Pictures that a test can paint by a rule. */
import type { Pixels } from "../../src/model/light";

/** A grey picture, by the value at each place. */
export function picture(side: number, value: (x: number, y: number) => number): Pixels {
  return coloured(side, (x, y) => [value(x, y), value(x, y), value(x, y)]);
}

export function coloured(side: number, value: (x: number, y: number) => readonly number[]): Pixels {
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data.set(value(x, y), 4 * (y * side + x));
  return { width: side, height: side, data };
}

/** The red of a place. */
export function red({ data, width }: Pixels, x: number, y: number): number {
  return data[4 * (y * width + x)] as number;
}
