/** Samples of known blur: a texture like that of natural scenes, blurred by exactly so much, at true pixels. */
export const SAMPLE = 144; // CSS pixels a side; a sample's pixel is a device pixel

export interface Sample {
  /** Which texture; the same number is the same texture. */
  readonly seed: number;
  /** Pixels. */
  readonly sigma: number;
}

export interface SampleJob {
  readonly side: number;
  readonly samples: readonly Sample[];
}

export interface SampleMade {
  readonly number: number;
  readonly picture: ImageBitmap;
}

/** Make a picture of `side` pixels a side for each sample, in a worker, and show each as soon as it is there. */
export async function makeSamples(
  samples: readonly Sample[],
  side: number,
  show: (made: SampleMade) => void,
): Promise<void> {
  const worker = new Worker(new URL("./samples.worker.ts", import.meta.url), { type: "module" });
  return new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<SampleMade>) => {
      show(data);
      if (data.number === samples.length - 1) resolve();
    };
    worker.onerror = () => reject(new Error("The samples could not be made."));
    worker.postMessage({ side, samples } satisfies SampleJob);
  }).finally(() => worker.terminate());
}
