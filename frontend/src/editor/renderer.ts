/** Two stacked canvases: the still one with photo, tint and outlines, the active one with what the hand is on. */
import type { Document, Region } from "../model/annotation";
import type { Size } from "../model/raster";
import type { Extras } from "./extras";
import { BADGE, drawBadge, enterPhoto, frameWhole, type Lie, OUTLINE, strokeRegion } from "./outlines";
import type { Palette } from "./palette";
import { bitmapFor } from "./photo";
import { PlainRegions } from "./plainregions";
import type { DifferenceLayer, Regions, Scene, SharpnessLayer, Tint } from "./scene";
import { type Box, ScrollLayer } from "./scrolllayer";
import { paintTint, paintUnjudged } from "./tint";
import type { View } from "./viewport";

type Context = CanvasRenderingContext2D;

export class Renderer {
  #isStillStale = true;
  #frame = 0;
  #size: Size = { width: 0, height: 0 };
  #pixelRatio = 1;
  readonly #outlines = new ScrollLayer();
  readonly #sharpness = new ScrollLayer();
  readonly #difference = new ScrollLayer();
  readonly #tints = [new ScrollLayer(), new ScrollLayer()];
  readonly #tinted = new WeakMap<Document, Regions>();

  constructor(
    private readonly still: HTMLCanvasElement,
    private readonly active: HTMLCanvasElement,
    private readonly palette: Palette,
    private readonly scene: () => Scene,
    /** Of the bench; without, only photos, maps and outlines are drawn. */
    private readonly extras: Extras | null = null,
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
    for (const canvas of [this.still, this.active]) {
      canvas.width = device.width;
      canvas.height = device.height;
    }
    this.#outlines.resize(device);
    this.#sharpness.resize(device);
    this.#difference.resize(device);
    for (const layer of this.#tints) layer.resize(device);
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
    if (this.#size.width === 0 || this.#size.height === 0) return; // not laid out yet, or folded away
    const scene = this.scene();
    const lie = this.#lieOf(scene.view);
    if (this.#isStillStale) this.#drawStill(scene, lie);
    this.#isStillStale = false;
    this.#drawActive(scene, lie);
  }

  /** The corner of the photo lies on a whole device pixel, so 1:1 is exact and a pan moves whole pixels. */
  #lieOf({ x, y, scale }: View): Lie {
    const pixelRatio = this.#pixelRatio;
    return {
      x: Math.round(x * pixelRatio),
      y: Math.round(y * pixelRatio),
      zoom: scale * pixelRatio,
      pixelRatio,
    };
  }

  #drawStill(scene: Scene, lie: Lie): void {
    const context = cleared(this.still);
    this.#drawPhoto(context, scene, lie);
    if (scene.isPeeking) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const [i, tint] of scene.tints.entries()) this.#drawTint(context, scene, lie, tint, i);
    if (scene.sharpness) this.#drawSharpness(context, scene.sharpness, lie);
    if (scene.difference) this.#drawDifference(context, scene, scene.difference, lie);
    context.drawImage(this.#outlinesOf(scene, lie), 0, 0);
    const { base, photo, levelCount } = scene;
    if (base && photo) frameWhole(context, base, photo, lie, this.palette, levelCount);
    for (const pin of scene.pins) this.extras?.drawPin(context, pin, lie, this.palette);
  }

  #drawActive(scene: Scene, lie: Lie): void {
    const context = cleared(this.active);
    if (!scene.isPeeking) this.#drawHeld(context, scene, lie);
    const { loupe, photo, view } = scene;
    if (loupe && photo)
      this.extras?.drawLoupe(context, photo, loupe, view, this.#pixelRatio, this.palette, this.#size);
  }

  #drawHeld(context: Context, scene: Scene, lie: Lie): void {
    if (scene.selected) {
      strokeRegion(context, scene.selected, lie, this.palette, 2.5);
      if (scene.hasHandles)
        this.extras?.drawHandles(context, scene, this.#pixelRatio, this.palette, this.#size);
      if (!scene.isFrame) drawBadge(context, scene.selected, lie, this.palette, scene.levelCount);
    }
    this.extras?.drawDraft(context, scene, this.#pixelRatio, this.palette);
  }

  /** The outlines of all but the selected region, which may change without these being drawn again. */
  #outlinesOf({ index, selected, levelCount }: Scene, lie: Lie): HTMLCanvasElement {
    const isOther = ({ id }: Region) => id !== selected?.id;
    const key = [lie.zoom, levelCount, ...index.regions.filter(isOther)];
    return this.#outlines.at(lie.x, lie.y, key, (context, box) => {
      const others = within(index, box, lie, (BADGE / 2 + OUTLINE) * lie.pixelRatio).filter(isOther);
      for (const region of others) strokeRegion(context, region, lie, this.palette);
      for (const region of others) drawBadge(context, region, lie, this.palette, levelCount);
    });
  }

  #drawTint(context: Context, scene: Scene, lie: Lie, tint: Tint, layer: number): void {
    const { opacity, from, to } = tint;
    const picture = this.#tintOf(scene, lie, tint, layer);
    const left = Math.round((from ?? 0) * lie.pixelRatio);
    const width = Math.round((to ?? this.#size.width) * lie.pixelRatio) - left;
    if (width <= 0) return;
    context.globalAlpha = opacity;
    context.drawImage(picture, left, 0, width, picture.height, left, 0, width, picture.height);
    context.globalAlpha = 1;
    if (from === null) return;
    context.fillStyle = this.palette.outlineDark;
    context.fillRect(left - 2, 0, 4, picture.height);
    context.fillStyle = this.palette.outlineLight;
    context.fillRect(left - 1, 0, 2, picture.height);
  }

  #tintOf(
    { photo, levelCount }: Scene,
    lie: Lie,
    { document, noEvidence }: Tint,
    layer: number,
  ): HTMLCanvasElement {
    const index = this.#indexOf(document);
    return (this.#tints[layer] as ScrollLayer).at(
      lie.x,
      lie.y,
      [document, lie.zoom, photo],
      (context, box) => {
        if (!photo) return;
        paintTint(context, document, within(index, box, lie, 1), photo, lie, this.palette, levelCount);
        if (noEvidence) paintUnjudged(context, noEvidence.regions, lie, this.palette);
      },
    );
  }

  #drawDifference(
    context: Context,
    { photo, levelCount }: Scene,
    { own, model, noEvidence, opacity }: DifferenceLayer,
    lie: Lie,
  ): void {
    if (!photo) return;
    const indexes = [this.#indexOf(own), this.#indexOf(model)];
    const picture = this.#difference.at(lie.x, lie.y, [own, model, lie.zoom, photo], (layer, box) => {
      const [mine, theirs] = indexes.map((index) => within(index, box, lie, 1)) as [Region[], Region[]];
      const sides = [
        { document: own, regions: mine },
        { document: model, regions: theirs, unjudged: noEvidence.regions },
      ] as const;
      this.extras?.paintDifference(layer, sides, photo, lie, box, this.palette, levelCount);
    });
    context.globalAlpha = opacity;
    context.drawImage(picture, 0, 0);
    context.globalAlpha = 1;
  }

  #indexOf(document: Document): Regions {
    const index = this.#tinted.get(document) ?? this.extras?.indexOf(document) ?? new PlainRegions(document);
    this.#tinted.set(document, index);
    return index;
  }

  #drawSharpness(context: Context, { maps, opacity }: SharpnessLayer, lie: Lie): void {
    context.globalAlpha = opacity;
    context.drawImage(
      this.#sharpness.at(lie.x, lie.y, [maps, lie.zoom], (layer) => {
        for (const map of maps) this.extras?.paintSharpness(layer, map, lie, this.palette);
      }),
      0,
      0,
    );
    context.globalAlpha = 1;
  }

  #drawPhoto(context: Context, { photo }: Scene, lie: Lie): void {
    if (!photo) return;
    const { x, y, zoom } = lie;
    const bitmap = bitmapFor(photo, zoom);
    const [across, down] = [bitmap.width / photo.width, bitmap.height / photo.height];
    const left = Math.max(0, Math.floor((-x / zoom) * across) - 1);
    const top = Math.max(0, Math.floor((-y / zoom) * down) - 1);
    const right = Math.min(bitmap.width, Math.ceil(((this.still.width - x) / zoom) * across) + 1);
    const bottom = Math.min(bitmap.height, Math.ceil(((this.still.height - y) / zoom) * down) + 1);
    const [width, height] = [right - left, bottom - top];
    if (width <= 0 || height <= 0) return;
    context.fillStyle = this.palette.outlineDark; // an edge, so that a grey photo can be told from what surrounds it
    context.fillRect(x - 1, y - 1, Math.round(photo.width * zoom) + 2, Math.round(photo.height * zoom) + 2);
    enterPhoto(context, lie);
    context.imageSmoothingEnabled = zoom < 1;
    context.drawImage(
      bitmap,
      left,
      top,
      width,
      height,
      left / across,
      top / down,
      width / across,
      height / down,
    );
  }
}

function cleared(canvas: HTMLCanvasElement): Context {
  const context = canvas.getContext("2d") as Context;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}

/** Regions that may show in a box of device pixels, in painting order. */
function within(index: Regions, box: Box, { x, y, zoom }: Lie, margin: number): Region[] {
  return index.within(
    (box.x - margin - x) / zoom,
    (box.y - margin - y) / zoom,
    (box.x + box.width + margin - x) / zoom,
    (box.y + box.height + margin - y) / zoom,
  );
}
