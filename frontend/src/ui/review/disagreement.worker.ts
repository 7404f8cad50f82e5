/** Draws how far people part on a photo, so that the page goes on meanwhile. */
import type { ApartJob } from "./apart";
import { drawDisagreement } from "./disagreement";

self.onmessage = async ({ data }: MessageEvent<ApartJob>) => {
  const picture = await drawDisagreement(data);
  self.postMessage(picture, { transfer: [picture] });
};
