/** What the renderer is given to draw; it decides nothing itself. */
import type { Document, Region, Ring } from "../model/annotation";
import type { Click } from "../model/clickdecoder";
import type { SharpnessMap } from "../model/sharpness";
import type { Photo } from "./photo";
import type { Snap } from "./snapping";
import type { ImagePoint, ScreenPoint, View } from "./viewport";

/** A document's regions in painting order, and of them those whose bounds meet a box of photo pixels. */
export interface Regions {
  readonly regions: readonly Region[];
  within(minX: number, minY: number, maxX: number, maxY: number): Region[];
}

/** A shape that a tool has not finished. */
export interface Draft {
  /** Vertices so far, flat, 1/16 px; not closed. */
  readonly line: Ring;
  /** Where the next vertex would be. */
  readonly next: ImagePoint | null;
  /** Whether a click would close the outline. */
  readonly closes: boolean;
  readonly level: number;
  /** The width of a brush stroke in CSS pixels; without, the line is an outline. */
  readonly brush?: number;
}

/** What shows at the hand: where a corner would snap to, a frame that is drawn, or what was clicked of a thing. */
export type Cue =
  | (Snap & { readonly is: "snap" })
  | { readonly is: "frame"; readonly from: ScreenPoint; readonly to: ScreenPoint }
  | { readonly is: "clicks"; readonly clicks: readonly Click[] };

/** A document filled by level, over the photo and under the outlines, between two places across the canvas. */
export interface Tint {
  readonly document: Document;
  /** Where the photo holds nothing to judge by; of the model's map. */
  readonly noEvidence?: Document;
  readonly opacity: number;
  /** CSS pixels; null is the edge of the canvas. */
  readonly from: number | null;
  readonly to: number | null;
}

/** How sharp the photo is, the later maps over the earlier. */
export interface SharpnessLayer {
  readonly maps: readonly SharpnessMap[];
  readonly opacity: number;
}

/** How many levels lie between mine and the model's. */
export interface DifferenceLayer {
  readonly own: Document;
  readonly model: Document;
  readonly noEvidence: Document;
  readonly opacity: number;
}

/** A note pinned on the photo, or the mark of a curator. */
export interface Pin {
  readonly at: ImagePoint;
  /** Its number in the list beside the photo. */
  readonly number: number | "!";
}

export interface Scene {
  readonly photo: Photo | null;
  readonly view: View;
  readonly index: Regions;
  /** The level of all that no region covers; it shows where it is blurred. */
  readonly base?: number | null;
  /** Drawn on the active canvas with handles, so that dragging it redraws nothing else. */
  readonly selected: Region | null;
  /** Whether that only frames a place, and so has no level to tell. */
  readonly isFrame?: boolean;
  readonly selectedCorners: readonly { readonly ring: number; readonly vertex: number }[];
  readonly draft: Draft | null;
  readonly cue: Cue | null;
  readonly crosshair: ImagePoint | null;
  /** The brush's ring at the pointer, its width in CSS pixels. */
  readonly brush: { readonly at: ImagePoint; readonly size: number } | null;
  readonly tints: readonly Tint[];
  readonly difference: DifferenceLayer | null;
  readonly sharpness: SharpnessLayer | null;
  readonly pins: readonly Pin[];
  readonly levelCount: number;
  /** Where the loupe looks, or null. */
  readonly loupe: ImagePoint | null;
  /** Nothing but the photo. */
  readonly isPeeking: boolean;
  readonly hasHandles: boolean;
}
