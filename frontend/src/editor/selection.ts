/** The chosen region and corners, and what keys do to them. */

import { paintingOrder, type Region, SUBPIXEL, vertexCount } from "../model/annotation";
import { boundsOf } from "../model/geometry";
import { t, tn } from "../model/language";
import { faultIn, ringFault } from "../model/outline";
import { simplified } from "../model/simplify";
import type { Store } from "../model/store";
import { moved, reordered, withMiddleCorner, withoutCorners } from "./edits";
import { keyOf } from "./shortcuts";
import { type ApplyStroke, applyStroke } from "./strokes";
import type { Bench, VertexPlace } from "./tools/tool";

export class Selection {
  store: Store;
  id: string | null = null;
  corners: readonly VertexPlace[] = [];

  constructor(
    store: Store,
    private readonly changed: () => void,
    private readonly voice: Pick<Bench, "say" | "refuse">,
  ) {
    this.store = store;
  }

  get region(): Region | null {
    return this.store.region(this.id);
  }

  choose(id: string | null, corners: readonly VertexPlace[] = []): void {
    this.id = id;
    this.corners = corners;
    this.changed();
  }

  /** The next region in painting order, after the last the first; null where there is none. */
  step(by: number): Region | null {
    const order = paintingOrder(this.store.document);
    const at = order.findIndex(({ id }) => id === this.id);
    return order.at(at >= 0 ? (at + by) % order.length : by > 0 ? 0 : -1) ?? null;
  }

  stepCorner(by: number): void {
    const { region } = this;
    if (!region) return;
    const { ring, vertex } = this.corners.at(-1) ?? { ring: 0, vertex: by > 0 ? -1 : 0 };
    const count = (region.rings[ring] as readonly number[]).length / 2;
    this.choose(region.id, [{ ring, vertex: (vertex + by + count) % count }]);
  }

  /** The chosen region; where there is none, that is said. */
  wanted(): Region | null {
    const { region, store } = this;
    if (!region)
      this.voice.refuse(
        store.document.regions.length === 0
          ? t("No region is drawn here yet that could be chosen.")
          : t("Choose a region first: %(key)s steps through them.", { key: keyOf("next-region") }),
      );
    return region;
  }

  /** Delete the chosen corners, else the region. */
  delete(): void {
    const { corners } = this;
    const region = this.wanted();
    if (!region) return;
    const rest = withoutCorners(region, corners);
    if (corners.length === 0 || rest.rings.length === 0) this.store.commit("delete", region.id, null);
    else if (this.#reshape(rest)) this.choose(region.id);
  }

  /** Move the chosen corners, else the region, by whole photo pixels. */
  nudge(dx: number, dy: number): void {
    const { region, corners } = this;
    if (!region) return;
    const there = moved(region, corners, dx, dy);
    if (corners.length > 0) this.#reshape(there);
    else this.store.commit("move", region.id, there);
  }

  insertCorner(): void {
    const { region, corners } = this;
    const [corner] = corners;
    if (!region || !corner || corners.length > 1)
      return this.voice.refuse(t("Choose one corner first: Ctrl+→ steps through them."));
    if (this.#reshape(withMiddleCorner(region, corner))) {
      this.choose(region.id, [{ ...corner, vertex: corner.vertex + 1 }]);
    }
  }

  /** One region of this and of those of its level that it touches. */
  async join(apply: ApplyStroke = applyStroke): Promise<void> {
    const region = this.wanted();
    if (!region) return;
    const before = this.store.document;
    const others = before.regions.filter((other) => other !== region && isNear(other, region));
    const targets = [region, ...others].map(({ rings }) => rings);
    const { results, taken } = await apply({ mode: "join", line: [], radius: 0, targets });
    if (this.store.document !== before) return this.join(apply); // changed meanwhile
    const gone = others.filter((_, i) => taken.includes(i + 1));
    if (gone.length === 0) return this.voice.refuse(t("No other region of this level touches it."));
    const z = Math.max(region.z, ...gone.map((other) => other.z));
    const joined = { ...region, rings: results[0] ?? region.rings, z };
    const regions = before.regions
      .filter((each) => !gone.includes(each))
      .map((each) => (each === region ? joined : each));
    this.store.commitDocument("join", { ...before, regions });
    this.voice.say(tn("Joined with %(count)s region.", "Joined with %(count)s regions.", gone.length));
  }

  /** The region with fewer corners, nowhere more than a pixel off. */
  simplify(): void {
    const region = this.wanted();
    if (!region) return;
    const rings = region.rings.map((ring) => {
      const fewer = simplified([...ring, ring[0] as number, ring[1] as number], SUBPIXEL).slice(0, -2);
      return ringFault(fewer, [ring]) === null ? fewer : ring;
    });
    const saved = vertexCount([region]) - vertexCount([{ ...region, rings }]);
    this.store.commit("reshape", region.id, { ...region, rings });
    this.choose(region.id);
    this.voice.say(tn("%(count)s corner fewer.", "%(count)s corners fewer.", saved));
  }

  reorder(step: number): void {
    const region = this.wanted();
    const after = region && reordered(this.store.document, region.id, step);
    if (after) this.store.commitDocument("order", after);
  }

  /** Commit the region in its new shape, or say why it cannot be. */
  #reshape(region: Region): boolean {
    const fault = faultIn(region.rings, this.region?.rings ?? []);
    if (fault) this.voice.refuse(fault);
    else this.store.commit("reshape", region.id, region);
    return fault === null;
  }
}

/** Whether the regions have one level and bounds that meet. */
function isNear(a: Region, b: Region): boolean {
  const [p, q] = [boundsOf(a.rings), boundsOf(b.rings)];
  const meets = p.minX <= q.maxX && q.minX <= p.maxX && p.minY <= q.maxY && q.minY <= p.maxY;
  return a.level === b.level && meets;
}
