/** The chosen region and corner, and what keys do to them. */
import { paintingOrder, type Region } from "../model/annotation";
import { ringFault } from "../model/outline";
import type { Store } from "../model/store";
import { moved, reordered, withMiddleCorner, withoutCorner } from "./edits";
import type { VertexPlace } from "./tools/tool";

export class Selection {
  store: Store;
  id: string | null = null;
  corner: VertexPlace | null = null;

  constructor(
    store: Store,
    private readonly changed: () => void,
    private readonly say: (words: string) => void,
  ) {
    this.store = store;
  }

  get region(): Region | null {
    return this.store.region(this.id);
  }

  choose(id: string | null, corner: VertexPlace | null = null): void {
    this.id = id;
    this.corner = corner;
    this.changed();
  }

  /** The next region in painting order, or null after the last. */
  step(by: number): Region | null {
    const order = paintingOrder(this.store.document);
    const at = order.findIndex(({ id }) => id === this.id);
    return order[at < 0 ? (by > 0 ? 0 : order.length - 1) : at + by] ?? null;
  }

  stepCorner(by: number): void {
    const { region } = this;
    if (!region) return;
    const { ring, vertex } = this.corner ?? { ring: 0, vertex: by > 0 ? -1 : 0 };
    const count = (region.rings[ring] as readonly number[]).length / 2;
    this.choose(region.id, { ring, vertex: (vertex + by + count) % count });
  }

  /** Delete the chosen corner, else the region. */
  delete(): void {
    const { region, corner } = this;
    if (!region) return;
    if (!corner) this.store.commit("delete", region.id, null);
    else if (this.#reshape(withoutCorner(region, corner), corner)) this.choose(region.id);
  }

  /** Move the chosen corner, else the region, by whole photo pixels. */
  nudge(dx: number, dy: number): void {
    const { region, corner } = this;
    if (!region) return;
    const there = moved(region, corner, dx, dy);
    if (corner) this.#reshape(there, corner);
    else this.store.commit("move", region.id, there);
  }

  insertCorner(): void {
    const { region, corner } = this;
    if (!region || !corner) return this.say("Choose a corner first: Ctrl+→ steps through them.");
    if (this.#reshape(withMiddleCorner(region, corner), corner)) {
      this.choose(region.id, { ...corner, vertex: corner.vertex + 1 });
    }
  }

  reorder(step: number): void {
    const after = this.id && reordered(this.store.document, this.id, step);
    if (after) this.store.commitDocument("order", after);
  }

  /** Commit the region in its new shape, or say why it cannot be. */
  #reshape(region: Region, { ring }: VertexPlace): boolean {
    const fault = ringFault(region.rings[ring] ?? []);
    if (fault) this.say(fault);
    else this.store.commit("reshape", region.id, region);
    return fault === null;
  }
}
