/** Two stacked canvases: the still one with photo, tint and outlines, the active one with what the hand is on. */
import { paintingOrder, type Region, type Ring } from "../model/annotation";
import { areaPx, labelPoint } from "../model/geometry";
import type { Size } from "../model/raster";
import { drawDraft, drawHandles } from "./handles";
import { type Palette, rampStop } from "./palette";
import { bitmapFor } from "./photo";
import type { Scene } from "./scene";
import { outlineOf } from "./shapes";
import { fromGrid, screenPoint, toImage, toScreen, type View } from "./viewport";

type Context = CanvasRenderingContext2D;

const BADGE = 18;
const SMALLEST_WITH_BADGE = 26; // CSS pixels of the region's root area
const badgePlaces = new WeakMap<Region, readonly [number, number]>();

export class Renderer {
  #isStillStale = true;
  #frame = 0;
  #size: Size = { width: 0, height: 0 };
  #pixelRatio = 1;
  readonly #scratch = document.createElement("canvas");

  constructor(
    private readonly still: HTMLCanvasElement,
    private readonly active: HTMLCanvasElement,
    private readonly palette: Palette,
    private readonly scene: () => Scene,
  ) {}

  /** CSS pixels. */
  get size(): Size {
    return this.#size;
  }

  get pixelRatio(): number {
    return this.#pixelRatio;
  }

  /** The canvas has so many CSS pixels now, and its backing store so many of the device. */
  resize(size: Size, device: Size): void {
    this.#size = size;
    this.#pixelRatio = size.width > 0 ? device.width / size.width : 1;
    for (const canvas of [this.still, this.active, this.#scratch]) {
      canvas.width = device.width;
      canvas.height = device.height;
    }
    this.#isStillStale = true;
    this.#drawNow(); // a resized canvas is blank; do not show that
  }

  /** Draw with the next frame; with `stillToo` photo and outlines as well. */
  refresh(stillToo = true): void {
    this.#isStillStale ||= stillToo;
    this.#frame ||= requestAnimationFrame(() => this.#drawNow());
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  #drawNow(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#size.width === 0) return;
    const scene = this.scene();
    if (this.#isStillStale) this.#drawStill(scene);
    this.#isStillStale = false;
    this.#drawActive(scene);
  }

  #drawStill(scene: Scene): void {
    const context = this.#cleared(this.still);
    this.#drawPhoto(context, scene);
    if (scene.isPeeking) return;
    if (scene.tint) this.#drawTint(context, scene);
    this.#drawOutlines(context, scene);
  }

  #drawActive(scene: Scene): void {
    const context = this.#cleared(this.active);
    if (scene.isPeeking) return;
    const { selected } = scene;
    if (selected) {
      this.#strokeTwice(context, scene.view, outlineOf(selected, this.#zoom(scene.view)), 2.5);
      if (scene.hasHandles) drawHandles(context, scene, this.#pixelRatio, this.palette, this.#size);
      this.#drawBadge(context, selected, scene);
    }
    drawDraft(context, scene, this.#pixelRatio, this.palette);
  }

  #cleared(canvas: HTMLCanvasElement): Context {
    const context = canvas.getContext("2d") as Context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.clearRect(0, 0, canvas.width, canvas.height);
    return context;
  }

  #zoom(view: View): number {
    return view.scale * this.#pixelRatio;
  }

  /** Draw in photo pixels; the corner of the photo lies on a whole device pixel, so 1:1 is exact. */
  #enterPhoto(context: Context, view: View): void {
    const zoom = this.#zoom(view);
    context.setTransform(
      zoom,
      0,
      0,
      zoom,
      Math.round(view.x * this.#pixelRatio),
      Math.round(view.y * this.#pixelRatio),
    );
  }

  #drawPhoto(context: Context, { photo, view }: Scene): void {
    if (!photo) return;
    const zoom = this.#zoom(view);
    const bitmap = bitmapFor(photo, zoom);
    const ratio = bitmap.width / photo.width;
    const box = this.#visible(view);
    const left = Math.max(0, Math.floor(box.minX * ratio));
    const top = Math.max(0, Math.floor(box.minY * ratio));
    const right = Math.min(bitmap.width, Math.ceil(box.maxX * ratio) + 1);
    const bottom = Math.min(bitmap.height, Math.ceil(box.maxY * ratio) + 1);
    if (right <= left || bottom <= top) return;
    this.#enterPhoto(context, view);
    context.imageSmoothingEnabled = zoom < 1;
    const ratioY = bitmap.height / photo.height;
    context.drawImage(
      bitmap,
      left,
      top,
      right - left,
      bottom - top,
      left / ratio,
      top / ratioY,
      (right - left) / ratio,
      (bottom - top) / ratioY,
    );
  }

  #visible(view: View): { minX: number; minY: number; maxX: number; maxY: number } {
    const from = toImage(view, screenPoint(-2, -2));
    const to = toImage(view, screenPoint(this.#size.width + 2, this.#size.height + 2));
    return { minX: from.x, minY: from.y, maxX: to.x, maxY: to.y };
  }

  /** Paint the levels opaque on a canvas of their own, as the painter's stack says, then lay it over the photo. */
  #drawTint(context: Context, { tint, photo, view, levelCount }: Scene): void {
    if (!tint || !photo) return;
    const layer = this.#cleared(this.#scratch);
    this.#enterPhoto(layer, view);
    const zoom = this.#zoom(view);
    const fill = (level: number, path: Path2D) => {
      layer.globalCompositeOperation = "destination-out";
      layer.fill(path, "evenodd");
      layer.globalCompositeOperation = "source-over";
      if (level === 0) return;
      layer.fillStyle = this.palette.ramp[rampStop(level, levelCount)] as string;
      layer.fill(path, "evenodd");
      layer.fillStyle = this.#hatch(layer, level, zoom);
      layer.fill(path, "evenodd");
    };
    const whole = new Path2D();
    whole.rect(0, 0, photo.width, photo.height);
    layer.save();
    layer.clip(whole);
    fill(tint.document.base ?? 0, whole);
    for (const region of paintingOrder(tint.document)) fill(region.level, outlineOf(region, zoom));
    layer.restore();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = tint.opacity;
    context.drawImage(this.#scratch, 0, 0);
    context.globalAlpha = 1;
  }

  /** Diagonal lines, closer together for more blur, so that a level never rests on colour alone. */
  #hatch(context: Context, level: number, zoom: number): CanvasPattern {
    const gap = Math.max(4, Math.round((22 / level) * this.#pixelRatio));
    const tile = document.createElement("canvas");
    tile.width = tile.height = gap;
    const lines = tile.getContext("2d") as Context;
    lines.strokeStyle = this.palette.outlineDark;
    lines.globalAlpha = 0.55;
    lines.lineWidth = this.#pixelRatio;
    lines.beginPath();
    for (const shift of [-gap, 0, gap]) {
      lines.moveTo(shift - 1, gap + 1);
      lines.lineTo(shift + gap + 1, -1);
    }
    lines.stroke();
    const pattern = context.createPattern(tile, "repeat") as CanvasPattern;
    pattern.setTransform(new DOMMatrix().scale(1 / zoom));
    return pattern;
  }

  #drawOutlines(context: Context, scene: Scene): void {
    const { minX, minY, maxX, maxY } = this.#visible(scene.view);
    const regions = scene.index.within(minX, minY, maxX, maxY).filter(({ id }) => id !== scene.selected?.id);
    const zoom = this.#zoom(scene.view);
    for (const region of regions) this.#strokeTwice(context, scene.view, outlineOf(region, zoom), 1.5);
    for (const region of regions) this.#drawBadge(context, region, scene);
  }

  #strokeTwice(context: Context, view: View, path: Path2D, width: number): void {
    this.#enterPhoto(context, view);
    context.lineJoin = "round";
    context.strokeStyle = this.palette.outlineDark;
    context.lineWidth = (width + 2) / view.scale;
    context.stroke(path);
    context.strokeStyle = this.palette.outlineLight;
    context.lineWidth = width / view.scale;
    context.stroke(path);
  }

  #drawBadge(context: Context, region: Region, { view, levelCount }: Scene): void {
    const place = badgePlaces.get(region) ?? labelPoint(region);
    badgePlaces.set(region, place);
    const extent = Math.sqrt(areaPx(region.rings[0] as Ring)) * view.scale;
    if (extent < SMALLEST_WITH_BADGE) return;
    const { x, y } = toScreen(view, fromGrid(...place));
    context.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0);
    context.fillStyle = this.palette.badge;
    context.beginPath();
    context.roundRect(x - BADGE / 2, y - BADGE / 2, BADGE, BADGE, 4);
    context.fill();
    context.fillStyle = this.palette.ramp[rampStop(region.level, levelCount)] as string;
    context.fillRect(x - BADGE / 2 + 3, y + BADGE / 2 - 5, BADGE - 6, 2);
    context.fillStyle = this.palette.badgeText;
    context.font = `700 12px ${this.palette.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(String(region.level), x, y - 1);
  }
}
