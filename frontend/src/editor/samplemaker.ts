/** Samples of what a blur looks like at true pixels, made of a photo, a picture or a stock texture. */

/** How light is spread: evenly soft, by a lens out of focus, along a motion. */
export type Spread = "gauss" | "disc" | "motion";

/** What samples are made of; a bitmap moves into the worker. */
export type Source =
  /** The sharpest place of a photo in full size, or a stock texture where nothing in it is sharp. */
  | { readonly is: "photo"; readonly bitmap: ImageBitmap }
  /** The middle of a picture that is sharp there. */
  | { readonly is: "picture"; readonly bitmap: ImageBitmap }
  /** A texture like that of natural scenes; the same seed is the same texture. */
  | { readonly is: "texture"; readonly seed: number };

/** What was found in a source. */
export interface Anchor {
  /** Whether it is a stock texture. */
  readonly isStock: boolean;
}

export type SampleJob =
  | {
      readonly is: "anchor";
      readonly source: Source;
      /** Photo pixels a side. */
      readonly side: number;
      /** Photo pixels around a sample that its blur reads. */
      readonly margin: number;
    }
  | {
      readonly is: "tiles";
      readonly spread: Spread;
      /** Photo pixels, one a tile. */
      readonly sigmas: readonly number[];
      /** Of a motion, in radians from the right, clockwise. */
      readonly angle: number;
    };

/** What the worker answers, in the order of the jobs. */
export type SampleAnswer = Anchor | readonly ImageBitmap[];

/** A worker that holds one anchor and blurs it as often as it is asked. */
export class SampleMaker {
  readonly #worker = new Worker(new URL("./samplemaker.worker.ts", import.meta.url), { type: "module" });
  readonly #waiting: { answer: (answer: never) => void; fail: (error: Error) => void }[] = [];

  /** Of tiles with `side` photo pixels a side, whose blur reads up to `margin` pixels around them. */
  constructor(
    private readonly side: number,
    private readonly margin: number,
  ) {
    this.#worker.onmessage = ({ data }: MessageEvent<SampleAnswer>) =>
      this.#waiting.shift()?.answer(data as never);
    this.#worker.onerror = () => {
      for (const { fail } of this.#waiting.splice(0)) fail(new Error("The samples could not be made."));
    };
  }

  /** From now on tiles are made of this. */
  use(source: Source): Promise<Anchor> {
    const { side, margin } = this;
    return this.#ask({ is: "anchor", source, side, margin }, "bitmap" in source ? [source.bitmap] : []);
  }

  /** One tile a sigma (photo pixels), of what was taken last. */
  tiles(spread: Spread, sigmas: readonly number[], angle = 0): Promise<readonly ImageBitmap[]> {
    return this.#ask({ is: "tiles", spread, sigmas, angle });
  }

  stop(): void {
    this.#worker.terminate();
  }

  #ask<T extends SampleAnswer>(job: SampleJob, moved: Transferable[] = []): Promise<T> {
    this.#worker.postMessage(job, moved);
    return new Promise((answer, fail) => this.#waiting.push({ answer, fail }));
  }
}
