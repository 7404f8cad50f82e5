/** What lies over the photo and under the outlines: fills, the model's map, where the two differ, how sharp it is. */
import { type Document, EMPTY } from "../model/annotation";
import type { SharpnessMap } from "../model/sharpness";
import type { DifferenceLayer, SharpnessLayer, Tint } from "./scene";

/** What is shown beside the photo and the outlines. */
export interface Looks {
  /** My levels are filled. */
  readonly isFilled: boolean;
  /** Nothing but the photo. */
  readonly isPeeking: boolean;
  readonly isLoupe: boolean;
  readonly isStripShown: boolean;
  /** How sharp the photo is from place to place. */
  readonly isSharpnessShown: boolean;
  readonly isModelShown: boolean;
  /** Mine left of the pointer, the model's map right of it. */
  readonly isSplit: boolean;
  /** How many levels lie between mine and the model's. */
  readonly isDifferenceShown: boolean;
  /** Of whatever is filled. */
  readonly opacity: number;
}

/** Nothing over the photo; one thing at a time lies there. */
export const BARE = {
  isFilled: false,
  isSharpnessShown: false,
  isModelShown: false,
  isSplit: false,
  isDifferenceShown: false,
} as const;

export const FIRST_LOOKS: Looks = {
  ...BARE,
  isPeeking: false,
  isLoupe: false,
  isStripShown: false,
  opacity: 0.5,
};

/** What the model says of a photo beside the levels. */
export interface Asides {
  /** Regions where the photo holds nothing to judge by. */
  readonly noEvidence: Document;
  /** Regions of what draws the eye, as sharp. */
  readonly subject: Document;
}

export const NO_ASIDES: Asides = { noEvidence: EMPTY, subject: EMPTY };

export interface Layers {
  readonly tints: readonly Tint[];
  readonly difference: DifferenceLayer | null;
  readonly sharpness: SharpnessLayer | null;
}

/** What the looks lay over the photo; a split is at `edge`, in CSS pixels across the canvas. */
export function layersOf(
  looks: Looks,
  own: Document,
  model: Document | null,
  maps: readonly SharpnessMap[],
  edge: number,
  { noEvidence }: Asides = NO_ASIDES,
): Layers {
  const opacity = Math.min(1, looks.opacity + 0.3); // of what is looked at for its own sake, not with the photo
  return {
    tints: tintsOf(looks, own, model, edge, noEvidence),
    difference: model && looks.isDifferenceShown ? { own, model, noEvidence, opacity } : null,
    sharpness: looks.isSharpnessShown ? { maps, opacity } : null,
  };
}

/** What is filled: the model's map, mine, or one on either side of the edge. */
function tintsOf(
  { isSplit, isModelShown, isFilled, opacity }: Looks,
  document: Document,
  modelled: Document | null,
  edge: number,
  noEvidence: Document,
): Tint[] {
  const own: Tint = { document, opacity, from: null, to: null };
  const model = modelled && { ...own, document: modelled, noEvidence };
  if (model && isSplit) {
    return [
      { ...own, to: edge },
      { ...model, from: edge },
    ];
  }
  if (model && isModelShown) return [model];
  return isFilled ? [own] : [];
}
