/** What guides the hand while it draws: other outlines to snap to, the photo's edges to follow, and the line it left. */
import type { Ring } from "../model/annotation";
import type { Sketch } from "../model/journal";
import { Livewire } from "./livewire";
import type { Photo } from "./photo";
import type { RegionIndex } from "./regionindex";
import { type Snap, snapAt } from "./snapping";
import type { ImagePoint } from "./viewport";

const SNAP_REACH = 8; // CSS pixels

export class Guides {
  /** Whether lines follow the photo's edges. */
  isTracing = false;
  sketch: Sketch | null = null;
  readonly #livewire = new Livewire();

  constructor(private readonly bench: { photo: Photo | null; index: RegionIndex; view: { scale: number } }) {}

  snap(at: ImagePoint, except?: string): Snap | null {
    const { photo, index, view } = this.bench;
    return snapAt(at, index, photo, SNAP_REACH / view.scale, except);
  }

  /** The way on from the end of `line`, flat as it is. */
  trace(line: Ring, to: ImagePoint): Ring {
    const { photo, view } = this.bench;
    return this.isTracing && photo ? this.#livewire.line(photo, line, to, view.scale) : [];
  }
}
