/** What a browser has around a canvas: bitmaps, files of pictures, frames. */
import { vi } from "vitest";
import { Picture } from "./canvas";
import { Pixels } from "./ink";
import { Path, Scaling } from "./paths";

const files = new WeakMap<Blob, Picture>();

/** A file that browsers can read: it holds this picture. */
export function fileOf(picture: Picture): Blob {
  const file = new Blob();
  files.set(file, picture);
  return file;
}

interface Resizing {
  readonly resizeWidth?: number;
  readonly resizeHeight?: number;
}

/** A bitmap of a picture or of pixels: all, a box of it, or all in another size. */
async function bitmapOf(given: Picture | Pixels | Blob, ...rest: unknown[]): Promise<Picture> {
  const source = given instanceof Blob ? files.get(given) : given;
  if (!source) throw new DOMException("It is no picture.", "InvalidStateError");
  const { width, height } = source;
  const whole = new Picture(width, height);
  whole.data.set(source.data);
  const [x, y, w, h] = rest.length === 4 ? (rest as number[]) : [0, 0, width, height];
  const { resizeWidth = w, resizeHeight = h } = (rest.length === 1 ? rest[0] : {}) as Resizing;
  const bitmap = new Picture(resizeWidth, resizeHeight);
  const box = [x, y, w, h, 0, 0, resizeWidth, resizeHeight] as number[];
  bitmap.getContext().drawImage(whole, ...box);
  return bitmap;
}

/** From now on canvases paint, and frames are drawn when the test says so. */
export function useCanvas(): { drawFrame: () => void } {
  let frames: (() => void)[] = [];
  vi.stubGlobal("Path2D", Path);
  vi.stubGlobal("DOMMatrix", Scaling);
  vi.stubGlobal("ImageData", Pixels);
  vi.stubGlobal("OffscreenCanvas", Picture);
  vi.stubGlobal("createImageBitmap", bitmapOf);
  const html = { lang: "en" };
  vi.stubGlobal("document", {
    documentElement: html,
    getElementById: () => null,
    createElement: () => new Picture(300, 150),
  });
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", () => {
    frames = [];
  });
  return {
    drawFrame: () => {
      for (const frame of frames.splice(0)) frame();
    },
  };
}
