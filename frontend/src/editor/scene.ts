/** What the renderer is given to draw; it decides nothing itself. */
import type { Document, Region, Ring } from "../model/annotation";
import type { Photo } from "./photo";
import type { RegionIndex } from "./regionindex";
import type { ImagePoint, View } from "./viewport";

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

/** A document filled by level, over the photo and under the outlines, between two places across the canvas. */
export interface Tint {
  readonly document: Document;
  readonly opacity: number;
  /** CSS pixels; null is the edge of the canvas. */
  readonly from: number | null;
  readonly to: number | null;
}

export interface Scene {
  readonly photo: Photo | null;
  readonly view: View;
  readonly index: RegionIndex;
  /** Drawn on the active canvas with handles, so that dragging it redraws nothing else. */
  readonly selected: Region | null;
  readonly selectedVertex: { readonly ring: number; readonly vertex: number } | null;
  readonly draft: Draft | null;
  readonly crosshair: ImagePoint | null;
  /** The brush's ring at the pointer, its width in CSS pixels. */
  readonly brush: { readonly at: ImagePoint; readonly size: number } | null;
  readonly tints: readonly Tint[];
  readonly levelCount: number;
  /** Where the loupe looks, or null. */
  readonly loupe: ImagePoint | null;
  /** Nothing but the photo. */
  readonly isPeeking: boolean;
  readonly hasHandles: boolean;
}
