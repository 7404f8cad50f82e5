/** Pick a region; drag its corners, its edges' midpoints, or the whole of it. */
import { type Region, type Ring, SUBPIXEL } from "../../model/annotation";
import { isInside, nearestVertex, translated, withInsertedVertex, withVertex } from "../../model/geometry";
import { ringFault } from "../../model/outline";
import type { OperationKind } from "../../model/store";
import { HANDLE_REACH, midpoints } from "../handles";
import { toGrid } from "../viewport";
import type { Bench, Pointing, Tool, VertexPlace } from "./tool";

const DRAG_STARTS = 3; // CSS pixels

type State =
  | { readonly is: "idle" }
  | {
      readonly is: "pointing";
      readonly from: Pointing;
      readonly region: Region;
      readonly grip: VertexPlace | null;
    }
  | {
      readonly is: "dragging";
      readonly from: Pointing;
      readonly region: Region;
      readonly grip: VertexPlace | null;
      readonly shown: Region;
    };

export class SelectTool implements Tool {
  readonly name = "select";
  readonly draft = null;
  #state: State = { is: "idle" };

  constructor(private readonly bench: Bench) {}

  down(at: Pointing): void {
    const { selected } = this.bench;
    const grip = selected && this.#gripAt(selected, at);
    if (selected && grip) {
      this.bench.select(selected.id, grip.isNew ? null : grip.place);
      const region = grip.isNew ? withNewVertex(selected, grip.place, at) : selected;
      const place = grip.isNew ? { ring: grip.place.ring, vertex: grip.place.vertex + 1 } : grip.place;
      this.#state = { is: "pointing", from: at, region, grip: place };
      if (grip.isNew) this.#show(at, region, region, place);
      return;
    }
    if (
      selected &&
      isInside(selected.rings, at.image.x * SUBPIXEL, at.image.y * SUBPIXEL) &&
      this.#isTop(selected, at)
    ) {
      this.bench.select(selected.id);
      this.#state = { is: "pointing", from: at, region: selected, grip: null };
      return;
    }
    const hit = this.bench.index.at(at.image, HANDLE_REACH / 2 / this.bench.view.scale);
    this.bench.select(hit?.id ?? null);
  }

  move(at: Pointing): void {
    const state = this.#state;
    if (state.is === "idle") return;
    if (state.is === "pointing") {
      const moved = Math.hypot(at.screen.x - state.from.screen.x, at.screen.y - state.from.screen.y);
      if (moved < DRAG_STARTS) return;
    }
    const [x, y] = toGrid(at.image);
    const [fromX, fromY] = toGrid(state.from.image);
    const { grip, region } = state;
    const rings = grip
      ? region.rings.map((ring, r) => (r === grip.ring ? withVertex(ring, grip.vertex, x, y) : ring))
      : translated(region.rings, x - fromX, y - fromY);
    this.#show(state.from, region, { ...region, rings }, grip);
  }

  up(_at: Pointing): void {
    const state = this.#state;
    this.#state = { is: "idle" };
    this.bench.preview(null);
    if (state.is !== "dragging") return;
    const fault = state.grip ? ringFault(state.shown.rings[state.grip.ring] as Ring) : null;
    if (fault !== null) {
      this.bench.say(fault);
      return;
    }
    const kind: OperationKind = state.grip ? "reshape" : "move";
    this.bench.store.commit(kind, state.region.id, state.shown);
    this.bench.select(state.region.id, state.grip);
  }

  cursor(at: Pointing): string {
    const { selected } = this.bench;
    if (selected && this.#gripAt(selected, at)) return "grab";
    if (selected && isInside(selected.rings, at.image.x * SUBPIXEL, at.image.y * SUBPIXEL)) return "move";
    return this.bench.index.at(at.image, HANDLE_REACH / 2 / this.bench.view.scale) ? "pointer" : "default";
  }

  finish(): boolean {
    return false;
  }

  cancel(): boolean {
    if (this.#state.is === "idle") return false;
    this.#state = { is: "idle" };
    this.bench.preview(null);
    return true;
  }

  stepBack(): boolean {
    return this.cancel();
  }

  stepForward(): boolean {
    return false;
  }

  #show(from: Pointing, region: Region, shown: Region, grip: VertexPlace | null): void {
    this.#state = { is: "dragging", from, region, grip, shown };
    this.bench.preview(shown);
  }

  #isTop(selected: Region, at: Pointing): boolean {
    const hit = this.bench.index.at(at.image, 0);
    return hit === null || hit.id === selected.id;
  }

  #gripAt(region: Region, { image, screen }: Pointing): { place: VertexPlace; isNew: boolean } | null {
    const { view } = this.bench;
    const reach = (HANDLE_REACH / view.scale) * SUBPIXEL;
    const corner = nearestVertex(region.rings, image.x * SUBPIXEL, image.y * SUBPIXEL, reach);
    if (corner) return { place: corner, isNew: false };
    for (const [ring, vertex, x, y] of midpoints(region.rings, view)) {
      if (Math.hypot(x - screen.x, y - screen.y) <= HANDLE_REACH)
        return { place: { ring, vertex }, isNew: true };
    }
    return null;
  }
}

function withNewVertex(region: Region, { ring, vertex }: VertexPlace, at: Pointing): Region {
  const rings = region.rings.map((points, r) =>
    r === ring ? withInsertedVertex(points, vertex, ...toGrid(at.image)) : points,
  );
  return { ...region, rings };
}
