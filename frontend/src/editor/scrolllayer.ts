/** A picture as large as the canvas that follows the photo: a pan moves its pixels and paints only the uncovered strips. */
import type { Size } from "../model/raster";

/** Device pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Context = CanvasRenderingContext2D;

export class ScrollLayer {
  #front = document.createElement("canvas");
  #back = document.createElement("canvas");
  #key: readonly unknown[] = [];
  #x = 0;
  #y = 0;

  resize({ width, height }: Size): void {
    for (const canvas of [this.#front, this.#back]) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#key = [];
  }

  /** The picture with the photo's corner at (x, y), whole device pixels.
   *
   * @param key what the picture shows; where any of it is another thing than last time, all is painted again.
   * @param paint draws what lies in the box; it is clipped to it.
   */
  at(
    x: number,
    y: number,
    key: readonly unknown[],
    paint: (context: Context, box: Box) => void,
  ): HTMLCanvasElement {
    const { width, height } = this.#front;
    const [dx, dy] = [x - this.#x, y - this.#y];
    const isSame = key.length === this.#key.length && key.every((part, i) => part === this.#key[i]);
    const boxes = isSame ? this.#scroll(dx, dy) : [{ x: 0, y: 0, width, height }];
    [this.#key, this.#x, this.#y] = [key, x, y];
    const context = this.#front.getContext("2d") as Context;
    for (const box of boxes) {
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.beginPath();
      context.rect(box.x, box.y, box.width, box.height);
      context.clip();
      context.clearRect(box.x, box.y, box.width, box.height);
      paint(context, box);
      context.restore();
    }
    return this.#front;
  }

  /** Move the pixels, and answer with what that uncovers. */
  #scroll(dx: number, dy: number): Box[] {
    if (dx === 0 && dy === 0) return [];
    const { width, height } = this.#front;
    [this.#front, this.#back] = [this.#back, this.#front];
    const context = this.#front.getContext("2d") as Context;
    context.globalCompositeOperation = "copy";
    context.drawImage(this.#back, dx, dy);
    context.globalCompositeOperation = "source-over";
    const across = Math.min(width, Math.abs(dx));
    const down = Math.min(height, Math.abs(dy));
    return [
      { x: dx > 0 ? 0 : width - across, y: 0, width: across, height },
      { x: 0, y: dy > 0 ? 0 : height - down, width, height: down },
    ].filter((box) => box.width > 0 && box.height > 0);
  }
}
