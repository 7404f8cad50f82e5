/** What both rivals draw: a photo of 6000 x 4000 px as a pyramid, and wavy outlines all over it; and how they are driven. */
import "../src/styles/tokens.css";
import type { Photo } from "../src/editor/photo";
import { type Document, type Region, SUBPIXEL } from "../src/model/annotation";

export const CANVAS = { width: 1072, height: 820 }; // what the workbench has at 1400 x 900
const PHOTO = { width: 6000, height: 4000 };
const asked = new URLSearchParams(location.search);

/** A number from 0 to 1, the same for both rivals (mulberry32). */
export const random = (() => {
  let state = Number(asked.get("seed") ?? 1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
})();

export async function makePhoto(): Promise<Photo> {
  const [width, height] = [PHOTO.width / 8, PHOTO.height / 8];
  const noise = new ImageData(width, height);
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : 60 + 130 * random();
  const options = (w: number, h: number) =>
    ({ resizeWidth: w, resizeHeight: h, resizeQuality: "medium" }) as const;
  const bitmaps = [await createImageBitmap(noise, options(PHOTO.width, PHOTO.height))];
  for (let last = bitmaps[0] as ImageBitmap; Math.max(last.width, last.height) > 512; ) {
    last = await createImageBitmap(last, options(Math.round(last.width / 2), Math.round(last.height / 2)));
    bitmaps.push(last);
  }
  return { ...PHOTO, bitmaps };
}

export function makeDocument(): Document {
  const [count, points] = [Number(asked.get("regions") ?? 300), Number(asked.get("points") ?? 100)];
  const columns = Math.ceil(Math.sqrt(count * 1.5));
  const side = PHOTO.width / columns;
  const regions = Array.from({ length: count }, (_, n): Region => {
    const [x, y] = [((n % columns) + 0.5) * side, (Math.floor(n / columns) + 0.5) * side];
    const [waves, turn] = [3 + Math.floor(4 * random()), 6 * random()];
    const ring = Array.from({ length: points }, (_, i) => {
      const angle = (2 * Math.PI * i) / points;
      const radius = side * 0.55 * (1 + 0.2 * Math.sin(waves * angle + turn) + 0.02 * random());
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)].map((v) =>
        Math.round(v * SUBPIXEL),
      );
    }).flat();
    return { id: `region-${n}`, level: n % 4, kind: "defocus", rings: [ring], z: n };
  });
  return { base: 0, regions };
}

/** What a rival can do; each is asked for one change a frame. */
export interface Rival {
  /** Show the whole photo, or its middle at true pixels. */
  fit(): void;
  trueSize(): void;
  pan(dx: number, dy: number): void;
  /** Take the middle region's first corner in hand, and move it to so many photo pixels off. */
  grab(): void;
  dragTo(dx: number, dy: number): void;
  drop(): void;
}

declare global {
  interface Window {
    /** Draw so many frames of a scenario; resolves with the milliseconds they took. */
    draw: (scenario: "pan-fit" | "pan-1to1" | "drag", frames: number) => Promise<number>;
  }
}

/** Let the page be driven. */
export function drive(rival: Rival): void {
  window.draw = async (scenario, frames) => {
    if (scenario === "pan-1to1") rival.trueSize();
    else rival.fit();
    if (scenario === "drag") rival.grab();
    await nextFrame();
    const begun = performance.now();
    for (let i = 0; i < frames; i++) {
      const angle = (2 * Math.PI * i) / 60;
      if (scenario === "drag") rival.dragTo(120 * Math.cos(angle), 120 * Math.sin(angle));
      else rival.pan(7 * Math.cos(angle), 5 * Math.sin(angle));
      await nextFrame();
    }
    const took = performance.now() - begun;
    if (scenario === "drag") rival.drop();
    return took;
  };
}

function nextFrame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
