/** Where the photo lies on the canvas, and where on it one looks. */
import type { Size } from "../model/raster";
import {
  fitted,
  type ImagePoint,
  imagePoint,
  kept,
  MAX_ZOOM,
  middled,
  panned,
  revealing,
  type ScreenPoint,
  scaleAfter,
  scaledAt,
  screenPoint,
  toImage,
  toScreen,
  type View,
} from "./viewport";

const FIT_MARGIN = 24;
const NOTICED = 0.1; // a change of size that is worth a key

/** The canvas in CSS pixels, and device pixels a CSS pixel. */
export interface Canvas {
  readonly size: Size;
  readonly pixelRatio: number;
}

export class Camera {
  view: View = { scale: 1, x: 0, y: 0 };
  pointer: ScreenPoint | null = null;
  /** Where the next corner goes when drawing by keys. */
  crosshair: ScreenPoint | null = null;
  #photo: Size | null = null;
  #isFit = true;
  /** Does a photo that is shown whole fill the canvas, though it is enlarged for that? */
  #fills = false;
  #covered = 0;

  constructor(
    private readonly canvas: Canvas,
    private readonly moved: () => void,
    /** CSS pixels around a photo that is shown whole. */
    private readonly margin = FIT_MARGIN,
  ) {}

  /** Of the canvas, in CSS pixels. */
  get size(): Size {
    return this.canvas.size;
  }

  /** Device pixels a photo pixel; 1 is 1:1. */
  get zoom(): number {
    return this.view.scale * this.canvas.pixelRatio;
  }

  /** Where the pointer or the crosshair is on the photo, or null. */
  get lookedAt(): ImagePoint | null {
    const at = this.crosshair ?? this.pointer;
    return at && toImage(this.view, at);
  }

  /** The middle of what nothing lies over. */
  get middle(): ScreenPoint {
    return screenPoint(this.#free.width / 2, this.#free.height / 2);
  }

  /** The part of the canvas that nothing lies over. */
  get #free(): Size {
    const { width, height } = this.canvas.size;
    return { width, height: Math.max(1, height - this.#covered) };
  }

  /** From now on something lies over so many CSS pixels along the lower edge; a photo that is shown whole makes way. */
  cover(height: number): void {
    if (height === this.#covered) return;
    this.#covered = height;
    if (!this.#isFit) return;
    const { lookedAt, crosshair } = this;
    this.fit();
    if (!lookedAt) return;
    if (crosshair) this.crosshair = toScreen(this.view, lookedAt);
    else this.pointer = toScreen(this.view, lookedAt); // what was looked at stays so until the pointer moves
    this.moved();
  }

  show(photo: Size): void {
    this.#photo = photo;
    this.crosshair = null;
    this.fit();
  }

  fit(): void {
    if (this.#photo) this.#look(this.#fitView(this.#photo), true);
  }

  pan(dx: number, dy: number): void {
    this.#look(panned(this.view, dx, dy));
  }

  /** Closer, or with less than no steps farther; farther, what has become narrower than the canvas goes to its middle. */
  zoomBy(steps: number, at: ScreenPoint = this.middle): void {
    if (!this.#photo) return;
    const scale = scaleAfter(this.view, steps, this.#fitView(this.#photo).scale, this.canvas.pixelRatio);
    const view = scaledAt(this.view, at, scale);
    this.#look(steps < 0 ? middled(view, this.#photo, this.#free) : view);
  }

  /**
   * The whole photo, then 1:1 at the pointer. One that is whole at 1:1 fills the canvas, as do those that follow; one
   * that about fills it so goes to 2:1.
   */
  toggleZoom(): void {
    if (!this.#photo) return;
    if (!this.#isFit) return this.fit();
    const before = this.zoom;
    if (before >= 1) {
      this.#fills = !this.#fills;
      this.fit();
      if (Math.abs(this.zoom / before - 1) > NOTICED) return;
    }
    const zoom = before < 1 ? 1 : 2;
    this.#look(scaledAt(this.view, this.pointer ?? this.middle, zoom / this.canvas.pixelRatio));
  }

  /** Bring a box of photo pixels into sight. */
  reveal(minX: number, minY: number, maxX: number, maxY: number): void {
    this.#look(revealing(this.view, minX, minY, maxX, maxY, this.#free), this.#isFit);
  }

  /** The canvas had another size before: keep the photo fitted, or its middle in the middle. */
  resized(before: Size): void {
    const { width, height } = this.canvas.size;
    if (this.#isFit) this.fit();
    else this.pan((width - before.width) / 2, (height - before.height) / 2);
  }

  /** Move the crosshair by steps that show on screen, never less than a photo pixel. */
  moveCrosshair(dx: number, dy: number): ScreenPoint {
    const from = toImage(this.view, this.crosshair ?? this.middle);
    const step = Math.max(1, Math.round(6 / this.view.scale));
    this.crosshair = toScreen(
      this.view,
      imagePoint(Math.round(from.x + dx * step), Math.round(from.y + dy * step)),
    );
    return this.crosshair;
  }

  #look(view: View, isFit = false): void {
    this.#isFit = isFit;
    this.view = this.#photo && !isFit ? kept(view, this.#photo, this.canvas.size) : view;
    this.moved();
  }

  /** In the middle of the canvas, or of its free part where something would lie over the photo. */
  #fitView(photo: Size): View {
    const { size, pixelRatio } = this.canvas;
    const largest = this.#fills ? MAX_ZOOM : 1;
    const whole = fitted(photo, size, pixelRatio, this.margin, largest);
    const isCovered = whole.y + photo.height * whole.scale > this.#free.height;
    return isCovered ? fitted(photo, this.#free, pixelRatio, this.margin, largest) : whole;
  }
}
