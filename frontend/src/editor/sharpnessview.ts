/** What is known of a photo's sharpness, as layers to draw: the stored map, and over it what is in sight, measured finer. */
import type { Size } from "../model/raster";
import type { SharpnessMap } from "../model/sharpness";
import type { PhotoBox } from "./sharpness";
import type { View } from "./viewport";

const MOST_PIXELS = 6_000_000; // that are measured at once; of more the stored map must do
const STORED_SIDE = 512;

/** The stored map from its PNG. */
export async function readStored(png: Blob, photo: Size): Promise<SharpnessMap> {
  const bitmap = await createImageBitmap(png, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width: columns, height: rows } = bitmap;
  const context = new OffscreenCanvas(columns, rows).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, columns, rows);
  const cell = Math.max(4, Math.ceil(Math.max(photo.width, photo.height) / STORED_SIDE));
  return {
    x: 0,
    y: 0,
    cell,
    columns,
    rows,
    values: Uint8Array.from({ length: columns * rows }, (_, i) => data[4 * i] as number),
  };
}

/** The part of the photo that is in sight, in its pixels, or null where it is too much to be measured at once. */
export function boxInSight(photo: Size, { x, y, scale }: View, canvas: Size): PhotoBox | null {
  if (photo.width * photo.height <= MOST_PIXELS)
    return { x: 0, y: 0, width: photo.width, height: photo.height };
  const left = Math.max(0, Math.floor(-x / scale));
  const top = Math.max(0, Math.floor(-y / scale));
  const width = Math.min(photo.width, Math.ceil((canvas.width - x) / scale)) - left;
  const height = Math.min(photo.height, Math.ceil((canvas.height - y) / scale)) - top;
  return width > 0 && height > 0 && width * height <= MOST_PIXELS ? { x: left, y: top, width, height } : null;
}

/** Whether the map covers the box. */
export function covers(map: SharpnessMap, { x, y, width, height }: PhotoBox): boolean {
  return (
    map.x <= x &&
    map.y <= y &&
    map.x + map.columns * map.cell >= x + width &&
    map.y + map.rows * map.cell >= y + height
  );
}
