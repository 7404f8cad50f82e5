/** What only the bench draws: layers over the photo, and what the hand holds. Pages that only show maps do without. */
import type { Document } from "../model/annotation";
import { paintDifference } from "./differencetint";
import { drawDraft, drawHandles } from "./handles";
import { drawLoupe } from "./loupe";
import { drawPin } from "./pins";
import { RegionIndex } from "./regionindex";
import { paintSharpness } from "./sharpnesstint";

export const EXTRAS = {
  paintDifference,
  paintSharpness,
  drawDraft,
  drawHandles,
  drawLoupe,
  drawPin,
  /** Quick where there are thousands of regions. */
  indexOf: (document: Document) => new RegionIndex(document),
};

export type Extras = typeof EXTRAS;
