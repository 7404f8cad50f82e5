/** A tool is a small state machine that keeps its unfinished shape to itself; a finished gesture is one commit. */
import type { Kind, Region, Ring } from "../../model/annotation";
import type { Store } from "../../model/store";
import type { RegionIndex } from "../regionindex";
import type { Cue, Draft } from "../scene";
import type { Snap } from "../snapping";
import type { ImagePoint, ScreenPoint, View } from "../viewport";

export interface Pointing {
  readonly screen: ScreenPoint;
  readonly image: ImagePoint;
  readonly shift: boolean;
  readonly alt: boolean;
}

/** What a tool may see and do. */
export interface Bench {
  readonly store: Store;
  readonly view: View;
  readonly index: RegionIndex;
  readonly level: number;
  readonly kind: Kind;
  /** CSS pixels across. */
  readonly brushSize: number;
  /** Where a new region goes in painting order. */
  readonly newZ: number;
  readonly selected: Region | null;
  readonly selectedCorners: readonly VertexPlace[];
  select(id: string | null, corners?: readonly VertexPlace[]): void;
  /** Show the selected region like this until the gesture ends, without a commit. */
  preview(region: Region | null): void;
  /** What a corner at this place goes onto, or null; `except` names the region in hand. */
  snap(at: ImagePoint, except?: string): Snap | null;
  /** The way along the photo's edges between two places, without the first; empty while that is not asked for. */
  trace(line: Ring, to: ImagePoint): Ring;
  /** Keep the unfinished line, so that it survives a reload. */
  keep(line: Ring): void;
  /** Put a sentence on the status line. */
  say(words: string): void;
  /** Say why nothing came of what was asked for, where it was asked. */
  refuse(words: string): void;
  /** Draw what the hand is on again. */
  refresh(): void;
}

export interface VertexPlace {
  readonly ring: number;
  readonly vertex: number;
}

export interface Tool {
  readonly name: ToolName;
  readonly draft: Draft | null;
  /** What is shown at the hand beside the draft. */
  readonly cue: Cue | null;
  down(at: Pointing): void;
  move(at: Pointing): void;
  up(at: Pointing): void;
  /** The CSS cursor over this place. */
  cursor(at: Pointing): string;
  /** Finish the shape, as by Enter; false where there is nothing to finish. */
  finish(): boolean;
  /** Give up what the pointer that is down has begun, and no more: a second finger came, or the system took it. */
  dropStroke(): void;
  /** Give the gesture up; false where there is none. */
  cancel(): boolean;
  /** Take one step back inside the unfinished shape; false where there is none. */
  stepBack(): boolean;
  /** Take a step or a cancel back; false where there is none. */
  stepForward(): boolean;
  /** Go on with a line of an earlier visit. */
  resume?(line: Ring): void;
}

export type ToolName = "select" | "polygon" | "split" | "brush" | "eraser" | "wand" | "click" | "pan";

/** CSS pixels between two places. */
export function gap(a: Pointing, b: Pointing): number {
  return Math.hypot(a.screen.x - b.screen.x, a.screen.y - b.screen.y);
}
