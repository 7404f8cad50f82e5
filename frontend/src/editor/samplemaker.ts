/** Samples of what a blur looks like at true pixels, made of a sharp place of a photo or of a stock texture. */

/** How light is spread: evenly soft, by a lens out of focus, along a motion. */
export type Spread = "gauss" | "disc" | "motion";

/** Which place of a picture the samples are made of. */
export type Where = "sharpest" | "middle";

/** What the samples are made of. */
export interface Anchor {
  /** Whether they are made of a stock texture, since nothing in the photo is sharp. */
  readonly isStock: boolean;
}

export type SampleJob =
  | {
      readonly is: "anchor";
      /** The photo in full size, a copy. */
      readonly bitmap: ImageBitmap;
      /** Photo pixels a side. */
      readonly side: number;
      /** Photo pixels around a sample that its blur reads. */
      readonly margin: number;
      readonly where: Where;
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
  readonly anchor: Promise<Anchor>;
  readonly #worker = new Worker(new URL("./samplemaker.worker.ts", import.meta.url), { type: "module" });
  readonly #waiting: { answer: (answer: never) => void; fail: (error: Error) => void }[] = [];

  constructor(bitmap: ImageBitmap, side: number, margin: number, where: Where = "sharpest") {
    this.#worker.onmessage = ({ data }: MessageEvent<SampleAnswer>) =>
      this.#waiting.shift()?.answer(data as never);
    this.#worker.onerror = () => {
      for (const { fail } of this.#waiting.splice(0)) fail(new Error("The samples could not be made."));
    };
    this.anchor = this.#ask<Anchor>({ is: "anchor", bitmap, side, margin, where }, [bitmap]);
  }

  /** One tile a sigma. */
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
