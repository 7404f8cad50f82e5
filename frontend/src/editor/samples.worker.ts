/** Blur textures by known sigmas. */
import { stockTexture } from "../model/anchor";
import { blurred } from "../model/gaussian";
import type { Sample, SampleJob, SampleMade } from "./samples";

self.onmessage = async ({ data: { side, samples } }: MessageEvent<SampleJob>) => {
  for (const [number, sample] of samples.entries()) {
    const picture = await pictureOf(sample, side);
    self.postMessage({ number, picture } satisfies SampleMade, { transfer: [picture] });
  }
};

/** The middle of a larger texture, so that no repeated edge gets into it. */
function pictureOf({ seed, sigma }: Sample, side: number): Promise<ImageBitmap> {
  const margin = Math.ceil(3 * sigma);
  const { data, width, height } = blurred(stockTexture(side + 2 * margin, seed), sigma);
  const whole = new ImageData(new Uint8ClampedArray(data), width, height);
  return createImageBitmap(whole, margin, margin, side, side);
}
