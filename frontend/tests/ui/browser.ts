/** What happy-dom lacks of a browser: workers that decode photos and make samples, canvases, the layout. */
import type { Size } from "../../src/model/raster";

export const ROOM = { width: 400, height: 320 }; // CSS pixels
export const PHOTO = { width: 100, height: 80 };
/** Bitmaps that were made and not closed. */
export const open = new Set<object>();

export function bitmap({ width, height } = PHOTO): ImageBitmap {
  const made = { width, height, close: () => open.delete(made) };
  open.add(made);
  return made as unknown as ImageBitmap;
}

/** Photos whose bytes say so cannot be decoded. */
export const BROKEN = "broken";

class FakeWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;

  async postMessage(job: Blob | Job): Promise<void> {
    const data = await (job instanceof Blob ? decoded(job) : answerTo(job));
    this.onmessage?.({ data });
  }

  terminate(): void {}
}

async function decoded(photo: Blob): Promise<object> {
  return (await photo.text()) === BROKEN ? { fault: "It is cut off." } : { bitmaps: [bitmap()] };
}

/** What samples are made of, the samples, or the picture of where people part. */
type Job = { is: "anchor" } | { is: "tiles"; sigmas: readonly number[] } | { colour: string };

function answerTo(job: Job): unknown {
  if (!("is" in job)) return bitmap();
  return job.is === "tiles" ? job.sigmas.map(() => bitmap()) : { isStock: false };
}

/** What a context makes: measures, pixels, patterns. */
const MADE = { width: 1, data: new Uint8ClampedArray(4), setTransform: () => {}, addColorStop: () => {} };

/** A drawing context or a path on which everything can be done and nothing is seen. */
function context(): unknown {
  return new Proxy({} as Record<string | symbol, unknown>, {
    get: (kept, name) => (name in kept ? kept[name] : () => MADE),
  });
}

/** Whatever is looked at is as large as a small window. */
class FakeResizeObserver {
  constructor(private told: (entries: { target: Element; contentRect: Size }[]) => void) {}

  observe(target: Element): void {
    queueMicrotask(() => this.told([{ target, contentRect: ROOM }]));
  }

  unobserve(): void {}

  disconnect(): void {
    this.told = () => {};
  }
}

Object.assign(globalThis, {
  Worker: FakeWorker,
  ResizeObserver: FakeResizeObserver,
  createImageBitmap: async () => bitmap(),
  OffscreenCanvas: function canvas() {
    return document.createElement("canvas");
  },
  Path2D: function path() {
    return context();
  },
});
HTMLCanvasElement.prototype.getContext = context as never;
HTMLImageElement.prototype.decode = async () => {};
Element.prototype.scrollIntoView = () => {};
Element.prototype.setPointerCapture = () => {};
keepZero();

/** Happy-dom takes the number 0 for no text at all. */
function keepZero(): void {
  const own = Object.getOwnPropertyDescriptor(Element.prototype, "textContent") as PropertyDescriptor;
  Object.defineProperty(Element.prototype, "textContent", {
    ...own,
    set(value: unknown) {
      own.set?.call(this, value === 0 ? "0" : value);
    },
  });
}
