/** A canvas for tests that really paints, without anti-aliasing: a test asks which colour a place has, and which words stand where.
 *
 * A pixel is painted where its centre is inside. Of the many things a browser's canvas can do it does those that the editor asks for.
 */
import { boundsOf } from "../../src/model/geometry";
import { isInside } from "../../src/model/nearest";
import { blended, type Colour, colourOf, Gradient, type Ink, nameOf, Pattern, Pixels } from "./ink";
import { inverse, type Matrix, mapped, Path, type Point, SAME, times } from "./paths";

/** Words on a canvas, by the place of their middle. */
interface Written {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** A canvas, an offscreen canvas and a bitmap in one. */
export class Picture {
  data = new Uint8ClampedArray(0);
  /** The same bytes, a number a pixel. */
  pixels = new Uint32Array(0);
  words: Written[] = [];
  isClosed = false;
  #width: number;
  #height: number;
  readonly #context = new Context(this);

  constructor(width = 0, height = 0) {
    [this.#width, this.#height] = [width, height];
    this.wipe();
  }
  get width(): number {
    return this.#width;
  }
  set width(width: number) {
    this.#width = width;
    this.wipe();
  }
  get height(): number {
    return this.#height;
  }
  set height(height: number) {
    this.#height = height;
    this.wipe();
  }
  wipe(): void {
    this.pixels = new Uint32Array(this.#width * this.#height);
    this.data = new Uint8ClampedArray(this.pixels.buffer);
    this.words = [];
  }
  getContext(): Context {
    return this.#context;
  }
  transferToImageBitmap(): Picture {
    return this.moved();
  }
  close(): void {
    this.isClosed = true;
  }
  /** The same picture for another owner; this one is empty now. */
  moved(): Picture {
    const other = new Picture(this.width, this.height);
    other.data.set(this.data);
    this.close();
    this.#width = this.#height = 0;
    this.wipe();
    return other;
  }
  /** Such as #12ab00, or #12ab00 at 50 % where it is not opaque; empty where nothing is painted. */
  colourAt(x: number, y: number): string {
    return nameOf(this.pixels[y * this.width + x] as Colour);
  }
  /** The picture in rows of letters, one a pixel: of each colour its letter, "." where it is clear, "?" of any other colour. */
  rows(letters: Readonly<Record<string, string>>): string[] {
    return Array.from({ length: this.height }, (_, y) =>
      Array.from({ length: this.width }, (_, x) => {
        const colour = this.colourAt(x, y);
        return colour === "" ? "." : (letters[colour] ?? "?");
      }).join(""),
    );
  }
  /** The smallest box around all pixels of a colour as [x, y, width, height], or null. */
  boxOf(colour: string): [number, number, number, number] | null {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    const found = [...new Set(this.pixels)].find((pixel) => nameOf(pixel) === colour);
    for (const [i, pixel] of this.pixels.entries()) {
      if (pixel !== found) continue;
      const [x, y] = [i % this.width, Math.floor(i / this.width)];
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
    return right < left ? null : [left, top, right - left, bottom - top];
  }
  /** A picture of letters, one a pixel, in their colours. */
  static of(rows: readonly string[], colours: Readonly<Record<string, string>>): Picture {
    const picture = new Picture(rows[0]?.length ?? 0, rows.length);
    for (const [y, row] of rows.entries())
      for (const [x, letter] of [...row].entries())
        picture.pixels[y * picture.width + x] = colourOf(colours[letter] as string);
    return picture;
  }
  /** Paint all of it at once. */
  fill(colour: string): this {
    this.pixels.fill(colourOf(colour));
    return this;
  }
}

class Context extends Path {
  fillStyle: string | Gradient | Pattern = "#000000";
  strokeStyle = "#000000";
  globalAlpha = 1;
  globalCompositeOperation = "source-over";
  lineWidth = 1;
  lineJoin = "miter";
  lineCap = "butt";
  font = "";
  textAlign = "";
  textBaseline = "";
  imageSmoothingEnabled = true;
  #matrix = SAME;
  #clip: Uint8Array | null = null;
  readonly #saved: object[] = [];

  constructor(readonly canvas: Picture) {
    super();
  }
  protected override place(x: number, y: number): Point {
    return mapped(this.#matrix, [x, y]);
  }
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    const isSame = a === 1 && b === 0 && c === 0 && d === 1 && e === 0 && f === 0;
    this.#matrix = isSame ? SAME : { a, b, c, d, e, f };
  }
  save(): void {
    const { fillStyle, strokeStyle, globalAlpha, globalCompositeOperation, lineWidth } = this;
    const styles = { fillStyle, strokeStyle, globalAlpha, globalCompositeOperation, lineWidth };
    this.#saved.push({ styles, matrix: this.#matrix, clip: this.#clip });
  }
  restore(): void {
    const { styles, matrix, clip } = this.#saved.pop() as {
      styles: object;
      matrix: Matrix;
      clip: Uint8Array | null;
    };
    Object.assign(this, styles);
    [this.#matrix, this.#clip] = [matrix, clip];
  }
  beginPath(): void {
    this.lines.length = 0;
  }
  clip(path?: Path): void {
    const inside = this.#inside(path, "nonzero");
    const before = this.#clip;
    this.#clip = before ? inside.map((value, i) => value & (before[i] as number)) : inside;
  }
  fill(path?: Path | string, rule = "nonzero"): void {
    const isOwn = path === undefined || typeof path === "string";
    const inside = this.#inside(isOwn ? undefined : path, isOwn ? (path ?? rule) : rule);
    this.#paint(inside, this.#ink(this.fillStyle));
  }
  stroke(path?: Path): void {
    const { width, height } = this.canvas;
    const { a, b, c, d } = this.#matrix;
    const reach = (this.lineWidth * Math.sqrt(Math.abs(a * d - b * c))) / 2;
    const touched = new Uint8Array(width * height);
    for (const { points, isClosed } of this.#onDevice(path)) {
      const ends = isClosed ? [...points, points[0] as Point] : points;
      for (let i = 0; i + 1 < ends.length; i++)
        this.#touch(touched, ends[i] as Point, ends[i + 1] as Point, reach);
    }
    this.#paint(touched, this.#ink(this.strokeStyle));
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    const box = new Path();
    box.rect(x, y, width, height);
    this.fill(box);
  }
  clearRect(x: number, y: number, width: number, height: number): void {
    const isAll =
      this.#matrix === SAME && x <= 0 && y <= 0 && width >= this.canvas.width && height >= this.canvas.height;
    if (isAll && !this.#clip) return this.canvas.wipe();
    const box = new Path();
    box.rect(x, y, width, height);
    const gone = this.#within(this.#inside(box, "nonzero"));
    const { canvas } = this;
    for (let i = gone.indexOf(1); i >= 0; i = gone.indexOf(1, i + 1)) canvas.pixels[i] = 0;
    canvas.words = canvas.words.filter((word) => !gone[this.#pixel(word.x, word.y)]);
  }
  fillText(text: string, x: number, y: number): void {
    const [left, top] = mapped(this.#matrix, [x, y]);
    this.#write({ text, x: left, y: top });
  }
  createPattern(tile: Picture): Pattern {
    return new Pattern(tile);
  }
  createLinearGradient(_x: number, _y: number, length: number): Gradient {
    return new Gradient(length);
  }
  createImageData(width: number, height: number): Pixels {
    return new Pixels(new Uint8ClampedArray(4 * width * height), width, height);
  }
  getImageData(x: number, y: number, width: number, height: number): Pixels {
    const found = this.createImageData(width, height);
    for (let row = 0; row < height; row++) {
      const from = 4 * ((y + row) * this.canvas.width + x);
      found.data.set(this.canvas.data.subarray(from, from + 4 * width), 4 * row * width);
    }
    return found;
  }
  putImageData({ data, width, height }: Pixels, x: number, y: number): void {
    for (let row = 0; row < height; row++) {
      const line = data.subarray(4 * row * width, 4 * (row + 1) * width);
      this.canvas.data.set(line, 4 * ((y + row) * this.canvas.width + x));
    }
  }
  drawImage(source: Picture, ...numbers: number[]): void {
    if (source.isClosed) throw new DOMException("The bitmap is closed.", "InvalidStateError");
    const { width, height } = source;
    const whole = [0, 0, width, height];
    const all =
      numbers.length === 2
        ? [...whole, ...numbers, width, height]
        : numbers.length === 4
          ? [...whole, ...numbers]
          : numbers;
    const [sx, sy, sw, sh, x, y, w, h] = all as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const back = inverse(this.#matrix);
    const box = new Path();
    box.rect(x, y, w, h);
    const inside = this.#inside(box, "nonzero");
    if (this.globalCompositeOperation === "copy") [inside.fill(1), this.canvas.words.splice(0)];
    const { a, b, c, d, e, f } = back;
    this.#paint(inside, (px, py) => {
      const [u, v] = [a * (px + 0.5) + c * (py + 0.5) + e - x, b * (px + 0.5) + d * (py + 0.5) + f - y];
      const column = Math.floor(sx + (u * sw) / w);
      const row = Math.floor(sy + (v * sh) / h);
      if (column < 0 || row < 0 || column >= width || row >= height || u < 0 || v < 0 || u >= w) return 0;
      return source.pixels[row * width + column] as Colour;
    });
    for (const { text, x: u, y: v } of source.words)
      this.fillText(text, x + ((u - sx) * w) / sw, y + ((v - sy) * h) / sh);
  }

  #write(word: Written): void {
    const { width, height } = this.canvas;
    const isOn = word.x >= 0 && word.y >= 0 && word.x < width && word.y < height;
    if (isOn && (this.#clip?.[this.#pixel(word.x, word.y)] ?? 1)) this.canvas.words.push(word);
  }
  #pixel(x: number, y: number): number {
    return Math.floor(y) * this.canvas.width + Math.floor(x);
  }
  #onDevice(path?: Path): Path["lines"] {
    if (!path) return this.lines;
    return path.lines.map(({ points, isClosed }) => ({
      points: points.map((point) => mapped(this.#matrix, point)),
      isClosed,
    }));
  }
  #inside(path: Path | undefined, rule: string): Uint8Array {
    const { width, height } = this.canvas;
    const rings = this.#onDevice(path).map(({ points }) => points.flat());
    const inside = new Uint8Array(width * height);
    const { minX, minY, maxX, maxY } = boundsOf(rings);
    const [left, right] = [Math.max(0, Math.round(minX)), Math.min(width, Math.round(maxX))];
    const isIn = (x: number, y: number) =>
      rule === "evenodd" ? isInside(rings, x, y) : rings.some((ring) => isInside([ring], x, y));
    const isWhole = rings.length === 1 && isBox(rings[0] as number[]);
    for (let y = Math.max(0, Math.round(minY)); y < Math.min(height, Math.round(maxY)); y++) {
      if (isWhole) inside.fill(1, y * width + left, y * width + Math.max(left, right));
      else for (let x = left; x < right; x++) inside[y * width + x] = Number(isIn(x + 0.5, y + 0.5));
    }
    return inside;
  }
  #touch(touched: Uint8Array, [ax, ay]: Point, [bx, by]: Point, reach: number): void {
    const { width, height } = this.canvas;
    const [dx, dy] = [bx - ax, by - ay];
    for (
      let y = Math.max(0, Math.floor(Math.min(ay, by) - reach));
      y < Math.min(height, Math.max(ay, by) + reach);
      y++
    )
      for (
        let x = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
        x < Math.min(width, Math.max(ax, bx) + reach);
        x++
      ) {
        const along = ((x + 0.5 - ax) * dx + (y + 0.5 - ay) * dy) / (dx * dx + dy * dy || 1);
        const t = Math.min(Math.max(along, 0), 1);
        if (Math.hypot(x + 0.5 - ax - t * dx, y + 0.5 - ay - t * dy) < reach) touched[y * width + x] = 1;
      }
  }
  #ink(style: string | Gradient | Pattern): Ink {
    if (typeof style === "string") {
      const colour = colourOf(style);
      return () => colour;
    }
    if (style instanceof Gradient) {
      const back = inverse(this.#matrix);
      return (x, y) => style.at(mapped(back, [x + 0.5, y + 0.5])[0]);
    }
    const { tile } = style;
    const back = inverse(times(this.#matrix, style.matrix));
    const within = (value: number, side: number) => ((Math.floor(value) % side) + side) % side;
    return (x, y) => {
      const [u, v] = mapped(back, [x + 0.5, y + 0.5]);
      return tile.pixels[within(v, tile.height) * tile.width + within(u, tile.width)] as Colour;
    };
  }
  #within(mask: Uint8Array): Uint8Array {
    const clip = this.#clip;
    return clip ? mask.map((value, i) => value & (clip[i] as number)) : mask;
  }
  #paint(mask: Uint8Array, ink: Ink): void {
    const { width, pixels } = this.canvas;
    const { globalAlpha, globalCompositeOperation } = this;
    const shown = this.#within(mask);
    for (let i = shown.indexOf(1); i >= 0; i = shown.indexOf(1, i + 1))
      pixels[i] = blended(
        pixels[i] as Colour,
        ink(i % width, Math.floor(i / width)),
        globalAlpha,
        globalCompositeOperation,
      );
  }
}

/** Whether a ring is an upright box. */
function isBox(ring: readonly number[]): boolean {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = ring;
  return ring.length === 8 && x0 === x3 && y0 === y1 && x1 === x2 && y2 === y3;
}
