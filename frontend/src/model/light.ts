/** Pictures in linear light, where blur adds up as it does in a lens. */

/** An opaque RGBA picture, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}); // IEC 61966-2-1

/** The picture with each of its three colours changed as a plane of linear light. */
export function inLight(picture: Pixels, change: (plane: Float32Array) => Float32Array): Pixels {
  const { width, height } = picture;
  const data = new Uint8ClampedArray(picture.data.length).fill(255);
  for (let channel = 0; channel < 3; channel++) {
    const plane = Float32Array.from(
      { length: width * height },
      (_, i) => LINEAR[picture.data[4 * i + channel] as number] as number,
    );
    const changed = change(plane);
    for (let i = 0; i < changed.length; i++) data[4 * i + channel] = encoded(changed[i] as number);
  }
  return { width, height, data };
}

function encoded(linear: number): number {
  return 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
}
