/** A tool is a small state machine that keeps its unfinished shape to itself; a finished gesture is one commit. */
import type { Kind, Region } from "../../model/annotation";
import type { Store } from "../../model/store";
import type { RegionIndex } from "../regionindex";
import type { Draft } from "../scene";
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
  readonly selectedVertex: VertexPlace | null;
  select(id: string | null, vertex?: VertexPlace | null): void;
  /** Show the selected region like this until the gesture ends, without a commit. */
  preview(region: Region | null): void;
  /** Put a sentence on the status line. */
  say(words: string): void;
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
  down(at: Pointing): void;
  move(at: Pointing): void;
  up(at: Pointing): void;
  /** The CSS cursor over this place. */
  cursor(at: Pointing): string;
  /** Finish the shape, as by Enter; false where there is nothing to finish. */
  finish(): boolean;
  /** Give the gesture up; false where there is none. */
  cancel(): boolean;
  /** Take one step back inside the unfinished shape; false where there is none. */
  stepBack(): boolean;
  /** Take a step or a cancel back; false where there is none. */
  stepForward(): boolean;
}

export type ToolName = "select" | "polygon" | "brush" | "eraser" | "pan";
