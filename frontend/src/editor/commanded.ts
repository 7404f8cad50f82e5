/** What a command may see and do: what a tool may, and what lies around the tools. */
import type { Document, Kind } from "../model/annotation";
import type { Camera } from "./camera";
import type { Asides, Looks } from "./layers";
import type { Photo } from "./photo";
import type { Selection } from "./selection";
import type { ClickTool } from "./tools/click";
import type { Bench, Pointing, Tool, ToolName } from "./tools/tool";
import type { WandTool } from "./tools/wand";
import type { ScreenPoint } from "./viewport";

export interface Commanded extends Bench {
  readonly camera: Camera;
  readonly selection: Selection;
  /** The tool in hand. */
  readonly tool: Tool;
  readonly wand: WandTool;
  /** Null until it is first taken. */
  clicks: ClickTool | null;
  readonly photo: Photo | null;
  /** The model's map of this photo. */
  readonly model: Document | null;
  /** What the model says beside it. */
  readonly asides: Asides;
  readonly looks: Looks;
  brushSize: number;
  /** Whether new regions go under the others. */
  isUnder: boolean;
  use(name: ToolName): void;
  /** Follow the photo's edges, or stop. */
  trail(isOn: boolean): void;
  /** Show or hide something beside the photo. */
  look(looks: Partial<Looks>): void;
  setLevel(level: number): void;
  /** Give the chosen region the level in hand. */
  relevel(): void;
  setKind(kind: Kind): void;
  /** Give what no region covers the level in hand. */
  fillRest(): void;
  /** Choose the next region in painting order, after the last the first; false where there is none. */
  stepRegion(step: number): boolean;
  pointing(screen: ScreenPoint, shift: boolean, alt: boolean): Pointing;
  /** Draw all again, and tell who listens. */
  changed(): void;
}
