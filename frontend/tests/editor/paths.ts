/** The shapes of the test canvas: paths of straight lines, and how they are turned and scaled. */

export type Point = readonly [number, number];

/** Pixels are (a x + c y + e, b x + d y + f). */
export interface Matrix {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export const SAME: Matrix = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

export const times = (m: Matrix, n: Matrix): Matrix => ({
  a: m.a * n.a + m.c * n.b,
  b: m.b * n.a + m.d * n.b,
  c: m.a * n.c + m.c * n.d,
  d: m.b * n.c + m.d * n.d,
  e: m.a * n.e + m.c * n.f + m.e,
  f: m.b * n.e + m.d * n.f + m.f,
});

export const mapped = ({ a, b, c, d, e, f }: Matrix, [x, y]: Point): Point => [
  a * x + c * y + e,
  b * x + d * y + f,
];

export function inverse({ a, b, c, d, e, f }: Matrix): Matrix {
  const det = a * d - b * c;
  return {
    a: d / det,
    b: -b / det,
    c: -c / det,
    d: a / det,
    e: (c * f - d * e) / det,
    f: (b * e - a * f) / det,
  };
}

export class Scaling implements Matrix {
  a = 1;
  b = 0;
  c = 0;
  d = 1;
  e = 0;
  f = 0;
  scale(by: number): Scaling {
    return Object.assign(new Scaling(), { a: this.a * by, d: this.d * by });
  }
}

export class Path {
  readonly lines: { points: Point[]; isClosed: boolean }[] = [];
  protected place(x: number, y: number): Point {
    return [x, y];
  }
  moveTo(x: number, y: number): void {
    this.lines.push({ points: [this.place(x, y)], isClosed: false });
  }
  lineTo(x: number, y: number): void {
    const last = this.lines.at(-1);
    if (last && !last.isClosed) last.points.push(this.place(x, y));
    else this.moveTo(x, y);
  }
  closePath(): void {
    const last = this.lines.at(-1);
    if (last) last.isClosed = true;
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.moveTo(x, y);
    this.lineTo(x + width, y);
    this.lineTo(x + width, y + height);
    this.lineTo(x, y + height);
    this.closePath();
  }
  roundRect(x: number, y: number, width: number, height: number, _radius: number): void {
    this.rect(x, y, width, height);
  }
  arc(x: number, y: number, radius: number, from: number, to: number): void {
    for (let i = 0; i <= 32; i++) {
      const angle = from + ((to - from) * i) / 32;
      this.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
  }
}
