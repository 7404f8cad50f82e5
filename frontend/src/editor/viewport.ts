/** The one place where photo and screen coordinates meet. Both are plain numbers, so they are types of their own. */
import { SUBPIXEL } from "../model/annotation";
import type { Size } from "../model/raster";

declare const image: unique symbol;
declare const screen: unique symbol;

/** Pixels of the upright photo, origin top-left, y down; fractions are meant. */
export interface ImagePoint {
  readonly x: number;
  readonly y: number;
  readonly [image]: true;
}

/** CSS pixels from the top-left corner of the canvas. */
export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
  readonly [screen]: true;
}

export const imagePoint = (x: number, y: number): ImagePoint => ({ x, y }) as ImagePoint;
export const screenPoint = (x: number, y: number): ScreenPoint => ({ x, y }) as ScreenPoint;

/** How the photo lies on the canvas: `scale` CSS pixels a photo pixel, its top-left corner at (x, y). */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const MAX_ZOOM = 32;

export function toScreen(view: View, point: ImagePoint): ScreenPoint {
  return screenPoint(point.x * view.scale + view.x, point.y * view.scale + view.y);
}

export function toImage(view: View, point: ScreenPoint): ImagePoint {
  return imagePoint((point.x - view.x) / view.scale, (point.y - view.y) / view.scale);
}

/** The nearest place on the document's grid of 1/16 px. */
export function toGrid({ x, y }: ImagePoint): [number, number] {
  return [Math.round(x * SUBPIXEL), Math.round(y * SUBPIXEL)];
}

export function fromGrid(x: number, y: number): ImagePoint {
  return imagePoint(x / SUBPIXEL, y / SUBPIXEL);
}

/** The whole photo in the middle of the canvas, at most at `largest` device pixels a photo pixel. */
export function fitted(photo: Size, canvas: Size, pixelRatio: number, margin: number, largest = 1): View {
  const room = (side: number) => Math.max(1, side - 2 * margin);
  const scale = Math.min(
    room(canvas.width) / photo.width,
    room(canvas.height) / photo.height,
    largest / pixelRatio,
  );
  return {
    scale,
    x: (canvas.width - photo.width * scale) / 2,
    y: (canvas.height - photo.height * scale) / 2,
  };
}

/** The view with another scale; what lies under `at` stays there. */
export function scaledAt(view: View, at: ScreenPoint, scale: number): View {
  const factor = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * factor, y: at.y - (at.y - view.y) * factor };
}

/** The scale `steps` wheel notches from the view's, within what is useful for the photo. */
export function scaleAfter(view: View, steps: number, smallest: number, pixelRatio: number): number {
  const scale = view.scale * 1.2 ** steps;
  return Math.min(Math.max(scale, smallest / 2), MAX_ZOOM / pixelRatio);
}

export function panned(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** The view moved back so that a strip of the photo stays in sight. */
export function kept(view: View, photo: Size, canvas: Size): View {
  const within = (value: number, extent: number, room: number) =>
    Math.min(Math.max(value, Math.min(80, room / 2) - extent), room - Math.min(80, room / 2));
  return {
    ...view,
    x: within(view.x, photo.width * view.scale, canvas.width),
    y: within(view.y, photo.height * view.scale, canvas.height),
  };
}

/** The view with the photo in the middle of the canvas, along each side on which it is narrower than that. */
export function middled(view: View, photo: Size, canvas: Size): View {
  const along = (value: number, extent: number, room: number) =>
    extent <= room ? (room - extent) / 2 : value;
  return {
    ...view,
    x: along(view.x, photo.width * view.scale, canvas.width),
    y: along(view.y, photo.height * view.scale, canvas.height),
  };
}

/** The view moved so that the box (photo pixels) is in sight, if it is not. */
export function revealing(
  view: View,
  minX: number,
  minY: number,
  maxX: number,
  maxY: number,
  canvas: Size,
): View {
  const shift = (low: number, high: number, room: number) =>
    high < 0 || low > room ? room / 2 - (low + high) / 2 : 0;
  const [a, b] = [toScreen(view, imagePoint(minX, minY)), toScreen(view, imagePoint(maxX, maxY))];
  return panned(view, shift(a.x, b.x, canvas.width), shift(a.y, b.y, canvas.height));
}
