/** How far people part on each pixel of a photo, as a picture. */
import { type Document, IGNORE } from "../../model/annotation";
import { rasterize, type Size } from "../../model/raster";
import { type ApartJob, LONG_SIDE } from "./apart";

/** The size at which it is looked at: never larger than the photo. */
export function pictureSize({ width, height }: Size): Size {
  const scale = Math.min(1, LONG_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The document as drawn on a photo of another size. */
export function scaled(document: Document, from: Size, to: Size): Document {
  const factors = [to.width / from.width, to.height / from.height] as const;
  const regions = document.regions.map((region) => ({
    ...region,
    rings: region.rings.map((ring) => ring.map((value, i) => Math.round(value * (factors[i % 2] as number)))),
  }));
  return { base: document.base, regions };
}

/** 0 where all say the same, 1 where they part most: of two the difference in levels, of more the entropy. */
export function disagreement(maps: readonly Uint8Array[], levelCount: number): Float32Array {
  const length = maps[0]?.length ?? 0;
  const apart = new Float32Array(length);
  const counts = new Uint8Array(levelCount + 1);
  const most = Math.log(Math.min(maps.length, levelCount + 1));
  for (let i = 0; i < length; i++) {
    const [a, b] = [maps[0]?.[i] as number, maps[1]?.[i] as number];
    if (maps.length === 2) {
      if (a !== b) apart[i] = a === IGNORE || b === IGNORE ? 1 : Math.abs(a - b) / (levelCount - 1);
      continue;
    }
    counts.fill(0);
    for (const map of maps) {
      const level = Math.min(map[i] as number, levelCount);
      counts[level] = (counts[level] as number) + 1;
    }
    let entropy = 0;
    for (const count of counts)
      if (count > 0) entropy -= (count / maps.length) * Math.log(count / maps.length);
    apart[i] = most > 0 ? entropy / most : 0;
  }
  return apart;
}

/** A picture of it: the photo grey and dim, and the colour over it as strong as people part. */
export function drawDisagreement({
  photo,
  size,
  documents,
  levelCount,
  colour,
}: ApartJob): Promise<ImageBitmap> {
  const picture = pictureSize(size);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const paint = context.getImageData(0, 0, 1, 1).data;
  context.drawImage(photo, 0, 0, picture.width, picture.height);
  const pixels = context.getImageData(0, 0, picture.width, picture.height);
  const maps = documents.map((document) => rasterize(scaled(document, size, picture), picture));
  const { data } = pixels;
  for (const [i, apart] of disagreement(maps, levelCount).entries()) {
    const at = 4 * i;
    const grey =
      20 + 0.35 * (0.3 * (data[at] ?? 0) + 0.59 * (data[at + 1] ?? 0) + 0.11 * (data[at + 2] ?? 0));
    const strength = apart === 0 ? 0 : 0.35 + 0.65 * apart;
    for (let channel = 0; channel < 3; channel++)
      data[at + channel] = grey * (1 - strength) + (paint[channel] ?? 0) * strength;
  }
  context.putImageData(pixels, 0, 0);
  return createImageBitmap(canvas);
}
