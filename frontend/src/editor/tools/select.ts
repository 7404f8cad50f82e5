/** Pick a region; drag its corners, its edges' midpoints, or the whole of it; a frame or Shift chooses several corners. */

import { type Region, SUBPIXEL } from "../../model/annotation";
import { translated, withInsertedVertex } from "../../model/geometry";
import { t } from "../../model/language";
import { isInside, nearestVertex } from "../../model/nearest";
import { faultIn } from "../../model/outline";
import { withRegion } from "../../model/store";
import { withMovedCorners } from "../edits";
import { HANDLE_REACH, midpoints } from "../handles";
import type { Cue } from "../scene";
import { placeOf, type Snap, snapWhole, withJunctions } from "../snapping";
import { fromGrid, toGrid, toScreen } from "../viewport";
import { type Bench, gap, type Pointing, type Tool, type VertexPlace } from "./tool";

const DRAG_STARTS = 3; // CSS pixels

/** What is held: the region as it was, and the corners of it that move, the one at the hand first; none is all of it. */
interface Grip {
  readonly from: Pointing;
  readonly region: Region;
  readonly corners: readonly VertexPlace[];
}

type State =
  | { readonly is: "idle" }
  | ({ readonly is: "pointing" } & Grip)
  | ({ readonly is: "dragging"; readonly shown: Region } & Grip)
  | { readonly is: "framing"; readonly from: Pointing; readonly to: Pointing };

export class SelectTool implements Tool {
  readonly name = "select";
  readonly draft = null;
  #state: State = { is: "idle" };
  #snap: Snap | null = null;

  constructor(private readonly bench: Bench) {}

  get cue(): Cue | null {
    const state = this.#state;
    if (state.is === "framing") return { is: "frame", from: state.from.screen, to: state.to.screen };
    return this.#snap && { is: "snap", ...this.#snap };
  }

  down(at: Pointing): void {
    const { selected } = this.bench;
    const grip = selected && this.#gripAt(selected, at);
    if (selected && grip) return this.#take(selected, grip, at);
    if (selected && !at.shift && isWithin(selected, at) && this.#isTop(selected, at)) {
      this.bench.select(selected.id);
      this.#state = { is: "pointing", from: at, region: selected, corners: [] };
      return;
    }
    const hit = at.shift ? null : this.#hitAt(at);
    if (hit) this.bench.select(hit.id);
    else this.#state = { is: "framing", from: at, to: at };
  }

  #take(selected: Region, { place, isNew }: { place: VertexPlace; isNew: boolean }, at: Pointing): void {
    const { selectedCorners } = this.bench;
    const others = selectedCorners.filter((corner) => !isSame(corner, place));
    const isChosen = others.length < selectedCorners.length;
    if (isNew) {
      const [region, corners] = [
        withNewCorner(selected, place, at),
        [{ ...place, vertex: place.vertex + 1 }],
      ];
      this.bench.select(selected.id);
      this.#show({ from: at, region, corners }, region);
    } else if (at.shift) {
      this.bench.select(selected.id, isChosen ? others : [...others, place]);
    } else {
      const corners = isChosen ? [place, ...others] : [place];
      this.bench.select(selected.id, corners);
      this.#state = { is: "pointing", from: at, region: selected, corners };
    }
  }

  move(at: Pointing): void {
    const state = this.#state;
    if (state.is === "idle") return;
    if (state.is === "framing") {
      this.#state = { ...state, to: at };
      return this.bench.refresh();
    }
    if (state.is === "pointing" && gap(state.from, at) < DRAG_STARTS) return;
    const { from, region, corners } = state;
    const [lead] = corners;
    if (lead) {
      this.#snap = at.alt ? null : this.bench.snap(at.image, region.id);
      const [x, y] = placeOf(this.#snap, at.image);
      const [fromX, fromY] = cornerOf(region, lead);
      this.#show(state, withMovedCorners(region, corners, x - fromX, y - fromY));
    } else {
      const [x, y] = toGrid(at.image);
      const [fromX, fromY] = toGrid(from.image);
      const rings = translated(region.rings, x - fromX, y - fromY);
      const rest = at.alt ? null : snapWhole(rings, (corner) => this.bench.snap(corner, region.id));
      this.#snap = rest?.snap ?? null;
      this.#show(state, { ...region, rings: rest ? translated(rings, rest.dx, rest.dy) : rings });
    }
  }

  up(at: Pointing): void {
    const [state, snap] = [this.#state, this.#snap];
    this.#letGo();
    if (state.is === "framing") return this.#choose(state.from, at);
    if (state.is !== "dragging") return;
    const { region, corners, shown } = state;
    const fault = corners.length > 0 ? faultIn(shown.rings, region.rings) : null;
    if (fault !== null) return this.bench.refuse(fault);
    const { store } = this.bench;
    const shared = snap ? withJunctions(store.document, [snap], shown.rings.flat()) : store.document;
    if (shared === store.document) store.commit(corners.length > 0 ? "reshape" : "move", region.id, shown);
    else store.commitDocument("reshape", withRegion(shared, region.id, shown));
    this.bench.select(region.id, corners);
  }

  cursor(at: Pointing): string {
    const { selected } = this.bench;
    if (selected && this.#gripAt(selected, at)) return "grab";
    if (selected && isWithin(selected, at)) return "move";
    return this.#hitAt(at) ? "pointer" : "default";
  }

  finish(): boolean {
    return false;
  }

  dropStroke(): void {
    this.cancel();
  }

  cancel(): boolean {
    const wasBusy = this.#state.is !== "idle";
    this.#letGo();
    return wasBusy;
  }

  stepBack(): boolean {
    return this.cancel();
  }

  stepForward(): boolean {
    return false;
  }

  #letGo(): void {
    this.#state = { is: "idle" };
    this.#snap = null;
    this.bench.preview(null);
  }

  #show({ from, region, corners }: Grip, shown: Region): void {
    this.#state = { is: "dragging", from, region, corners, shown };
    this.bench.preview(shown);
  }

  /** The corners in the frame, with Shift besides those already chosen; a click without a frame chooses nothing. */
  #choose(from: Pointing, to: Pointing): void {
    const { store, selected, selectedCorners, view } = this.bench;
    if (gap(from, to) < DRAG_STARTS) {
      if (!from.shift) this.bench.select(null);
      if (store.document.regions.length === 0)
        this.bench.refuse(t("No region is drawn here yet that could be chosen."));
      return;
    }
    if (!selected) return this.bench.refuse(t("Choose a region first; a frame then chooses corners of it."));
    const between = (value: number, a: number, b: number) =>
      value >= Math.min(a, b) && value <= Math.max(a, b);
    const framed = cornersOf(selected).filter((corner) => {
      const { x, y } = toScreen(view, fromGrid(...cornerOf(selected, corner)));
      return between(x, from.screen.x, to.screen.x) && between(y, from.screen.y, to.screen.y);
    });
    const kept = from.shift
      ? selectedCorners.filter((corner) => !framed.some((each) => isSame(each, corner)))
      : [];
    this.bench.select(selected.id, [...kept, ...framed]);
  }

  #hitAt(at: Pointing): Region | null {
    return this.bench.index.at(at.image, HANDLE_REACH / 2 / this.bench.view.scale);
  }

  #isTop(selected: Region, at: Pointing): boolean {
    const hit = this.bench.index.at(at.image, 0);
    return hit === null || hit.id === selected.id;
  }

  #gripAt(region: Region, { image, screen }: Pointing): { place: VertexPlace; isNew: boolean } | null {
    const { view } = this.bench;
    const reach = (HANDLE_REACH / view.scale) * SUBPIXEL;
    const corner = nearestVertex(region.rings, image.x * SUBPIXEL, image.y * SUBPIXEL, reach);
    if (corner) return { place: { ring: corner.ring, vertex: corner.vertex }, isNew: false };
    for (const [ring, vertex, x, y] of midpoints(region.rings, view)) {
      if (Math.hypot(x - screen.x, y - screen.y) <= HANDLE_REACH)
        return { place: { ring, vertex }, isNew: true };
    }
    return null;
  }
}

function withNewCorner(region: Region, { ring, vertex }: VertexPlace, at: Pointing): Region {
  const rings = region.rings.map((points, r) =>
    r === ring ? withInsertedVertex(points, vertex, ...toGrid(at.image)) : points,
  );
  return { ...region, rings };
}

function cornersOf({ rings }: Region): VertexPlace[] {
  return rings.flatMap((points, ring) =>
    Array.from({ length: points.length / 2 }, (_, vertex) => ({ ring, vertex })),
  );
}

function cornerOf({ rings }: Region, { ring, vertex }: VertexPlace): [number, number] {
  return [rings[ring]?.[2 * vertex] ?? 0, rings[ring]?.[2 * vertex + 1] ?? 0];
}

function isSame(a: VertexPlace, b: VertexPlace): boolean {
  return a.ring === b.ring && a.vertex === b.vertex;
}

function isWithin({ rings }: Region, { image }: Pointing): boolean {
  return isInside(rings, image.x * SUBPIXEL, image.y * SUBPIXEL);
}
