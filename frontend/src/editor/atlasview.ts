/** The atlas on its two canvases: points below, which only pixels can draw so fast; photos, lasso and marks above. */
import type { Ring } from "../model/annotation";
import { type Points, SIDE } from "../model/atlas";
import { at } from "../model/geometry";
import type { Size } from "../model/raster";
import { PICTURE, pictured } from "./contactpoints";
import { disc, stamp } from "./pointcloud";
import {
  fitted,
  imagePoint,
  kept,
  panned,
  type ScreenPoint,
  scaledAt,
  screenPoint,
  toScreen,
  type View,
} from "./viewport";

const WHOLE: Size = { width: SIDE, height: SIDE };
const MARGIN = 8;
const LARGEST_SCALE = 4; // CSS pixels a unit
const FEW = 300; // points in sight, whose photos are shown at any scale
const MANY = 20_000; // points, which nobody sees the edges of
const NEAR = 4; // times as near as where all is in sight, photos are shown
const MOST_PICTURES = 400; // that are kept

export interface Looks {
  /** Of each code, and of what lies below the points, as pictures hold them: 0xAABBGGRR. */
  readonly colours: Uint32Array;
  readonly ground: number;
  readonly action: string;
  readonly card: string;
  readonly border: string;
}

export interface Scene {
  readonly points: Points;
  /** The area that is chosen, in units. */
  readonly chosen: Ring | null;
  /** The line that is being drawn. */
  readonly line: Ring | null;
  /** The point that is pointed at; -1 for none. */
  readonly pointed: number;
}

export class AtlasView {
  view: View = { scale: 1, x: 0, y: 0 };
  #size: Size = { width: 1, height: 1 };
  #ratio = 1;
  #isWhole = true;
  #frame = 0;
  #pixels = new ImageData(1, 1);
  readonly #pictures = new Map<number, HTMLImageElement>();
  readonly #below: CanvasRenderingContext2D;
  readonly #above: CanvasRenderingContext2D;

  constructor(
    below: HTMLCanvasElement,
    above: HTMLCanvasElement,
    private readonly looks: () => Looks,
    private readonly scene: () => Scene | null,
  ) {
    this.#below = below.getContext("2d", {
      alpha: false,
      willReadFrequently: true,
    }) as CanvasRenderingContext2D;
    this.#above = above.getContext("2d") as CanvasRenderingContext2D;
  }

  get size(): Size {
    return this.#size;
  }

  /** Take the room that there is, in CSS pixels. */
  resize(size: Size, ratio: number): void {
    this.#size = size;
    this.#ratio = Math.min(ratio, 2);
    for (const { canvas } of [this.#below, this.#above]) {
      canvas.width = Math.round(size.width * this.#ratio);
      canvas.height = Math.round(size.height * this.#ratio);
    }
    this.#pixels = new ImageData(this.#below.canvas.width, this.#below.canvas.height);
    if (this.#isWhole) this.showAll();
    else this.draw();
  }

  showAll(): void {
    this.#isWhole = true;
    this.view = this.#whole();
    this.draw();
  }

  #whole(): View {
    return fitted(WHOLE, this.#size, 1, MARGIN);
  }

  pan(dx: number, dy: number): void {
    this.#isWhole = false;
    this.view = kept(panned(this.view, dx, dy), WHOLE, this.#size);
    this.draw();
  }

  /** Come nearer by a factor; what lies under `place` stays there. */
  zoom(factor: number, place: ScreenPoint = screenPoint(this.#size.width / 2, this.#size.height / 2)): void {
    const whole = this.#whole().scale;
    const scale = Math.min(Math.max(this.view.scale * factor, whole), LARGEST_SCALE);
    if (scale === whole) return this.showAll();
    this.#isWhole = false;
    this.view = kept(scaledAt(this.view, place, scale), WHOLE, this.#size);
    this.draw();
  }

  /** Draw with the next frame. */
  draw(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const scene = this.scene();
      if (scene) this.drawNow(scene);
    });
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  drawNow(scene: Scene): void {
    const looks = this.looks();
    this.#drawPoints(scene.points, looks);
    const above = this.#above;
    above.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    above.clearRect(0, 0, this.#size.width, this.#size.height);
    if (scene.chosen) this.#drawArea(scene.chosen, looks, true);
    this.#drawPictures(scene.points, looks);
    if (scene.line) this.#drawArea(scene.line, looks, false);
    if (scene.pointed >= 0) this.#drawRing(scene.points, scene.pointed, looks);
  }

  #drawPoints(points: Points, { colours, ground }: Looks): void {
    new Uint32Array(this.#pixels.data.buffer).fill(ground);
    const { scale, x, y } = this.view;
    const view = { scale: scale * this.#ratio, x: x * this.#ratio, y: y * this.#ratio };
    stamp(this.#pixels, points, view, colours, disc(this.radius(points) * this.#ratio, points.count <= MANY));
    this.#below.putImageData(this.#pixels, 0, 0);
  }

  /** CSS pixels: the fewer points and the nearer, the larger. */
  radius({ count }: Points): number {
    const usual = count > MANY ? 1.2 : count > 5_000 ? 1.8 : 3;
    return usual * Math.min(this.view.scale / this.#whole().scale, 16) ** 0.35;
  }

  #drawArea(ring: Ring, { action }: Looks, isChosen: boolean): void {
    const above = this.#above;
    above.beginPath();
    for (let i = 0; i < ring.length; i += 2) {
      const { x, y } = toScreen(this.view, imagePoint(at(ring, i), at(ring, i + 1)));
      above.lineTo(x, y);
    }
    above.closePath();
    above.globalAlpha = 0.1;
    above.fillStyle = action;
    above.fill("nonzero");
    above.globalAlpha = 1;
    above.lineWidth = 1.5;
    above.setLineDash(isChosen ? [] : [5, 4]);
    above.strokeStyle = action;
    above.stroke();
    above.setLineDash([]);
  }

  #drawPictures(points: Points, { card, border }: Looks): void {
    const isNear = this.view.scale >= NEAR * this.#whole().scale;
    if (!isNear && points.count > FEW) return;
    for (const point of pictured(points, this.view, this.#size)) {
      const picture = this.#picture(points.ids[point] as number);
      if (!picture.complete || picture.naturalWidth === 0) continue;
      const { x, y } = this.#placeOf(points, point);
      const fit = Math.min(PICTURE.width / picture.naturalWidth, PICTURE.height / picture.naturalHeight);
      const [width, height] = [picture.naturalWidth * fit, picture.naturalHeight * fit];
      this.#above.fillStyle = border;
      this.#above.fillRect(x - width / 2 - 3, y - height / 2 - 3, width + 6, height + 6);
      this.#above.fillStyle = card;
      this.#above.fillRect(x - width / 2 - 2, y - height / 2 - 2, width + 4, height + 4);
      this.#above.drawImage(picture, x - width / 2, y - height / 2, width, height);
    }
  }

  #placeOf(points: Points, point: number): ScreenPoint {
    return toScreen(this.view, imagePoint(points.x[point] as number, points.y[point] as number));
  }

  #picture(id: number): HTMLImageElement {
    const known = this.#pictures.get(id);
    this.#pictures.delete(id);
    const picture = known ?? new Image();
    this.#pictures.set(id, picture); // the last asked for are the last to go
    if (!known) {
      picture.onload = () => this.draw();
      picture.src = `/api/images/${id}/preview/`;
    }
    if (this.#pictures.size > MOST_PICTURES)
      this.#pictures.delete(this.#pictures.keys().next().value as number);
    return picture;
  }

  #drawRing(points: Points, point: number, { action, card }: Looks): void {
    const { x, y } = this.#placeOf(points, point);
    const above = this.#above;
    for (const [width, style] of [
      [5, card],
      [2.5, action],
    ] as const) {
      above.beginPath();
      above.arc(x, y, this.radius(points) + 3, 0, 2 * Math.PI);
      above.lineWidth = width;
      above.strokeStyle = style;
      above.stroke();
    }
  }
}
