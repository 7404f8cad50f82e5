/** A bench without a screen: a real store, index, snapping and geometry under the tools, and a hand to hold them with. */
import { vi } from "vitest";
import type { Photo } from "../../../src/editor/photo";
import { RegionIndex } from "../../../src/editor/regionindex";
import { snapAt } from "../../../src/editor/snapping";
import type { ApplyStroke, StrokeAnswer, StrokeJob } from "../../../src/editor/strokes";
import type { Bench, Pointing, Tool, VertexPlace } from "../../../src/editor/tools/tool";
import { type ImagePoint, screenPoint, toImage, type View } from "../../../src/editor/viewport";
import { EMPTY, type Kind, type Region, topZ } from "../../../src/model/annotation";
import { Store } from "../../../src/model/store";

/** What the worker takes for its thread. */
const thread: {
  onmessage?: (message: { data: StrokeJob }) => void;
  postMessage?: (answer: StrokeAnswer) => void;
} = {};
vi.stubGlobal("self", thread);
vi.resetModules(); // another file may have begun one
await import("../../../src/editor/boolean.worker");

export class FakeBench implements Bench {
  store = new Store(EMPTY);
  photo: Photo | null = { width: 300, height: 200, bitmaps: [] };
  view: View = { scale: 2, x: 10, y: 20 };
  level = 2;
  kind: Kind = "motion";
  brushSize = 40;
  selectedId: string | null = null;
  selectedCorners: readonly VertexPlace[] = [];
  kept: readonly number[] = [];
  shown: Region | null = null;
  said: string[] = [];
  get index() {
    return new RegionIndex(this.store.document);
  }
  get newZ() {
    return topZ(this.store.document);
  }
  get selected() {
    return this.store.region(this.selectedId);
  }
  get regions() {
    return this.store.document.regions;
  }
  /** What was done, step by step of undo. */
  get steps() {
    return this.store.log.map(({ kind }) => kind);
  }
  select(id: string | null, corners: readonly VertexPlace[] = []) {
    this.selectedId = id;
    this.selectedCorners = corners;
  }
  snap(at: ImagePoint, except?: string) {
    return snapAt(at, this.index, this.photo, 8 / this.view.scale, except);
  }
  /** What the photo's edges say; the test sets it. */
  trace: Bench["trace"] = () => [];
  keep(line: readonly number[]) {
    this.kept = line;
  }
  preview(region: Region | null) {
    this.shown = region;
  }
  say(words: string) {
    this.said.push(words);
  }
  refuse(words: string) {
    this.said.push(words);
  }
  changed(): void {}
  refresh() {}
  /** A pointer at a place of the photo. */
  at(x: number, y: number, keys: Partial<Pointing> = {}): Pointing {
    const screen = screenPoint(x * this.view.scale + this.view.x, y * this.view.scale + this.view.y);
    return { screen, image: toImage(this.view, screen), shift: false, alt: false, ...keys };
  }
  /** Put these regions on the photo, a step each. */
  draw(...regions: Region[]) {
    for (const region of regions) this.store.commit("draw", region.id, region);
  }
  click(tool: Tool, x: number, y: number, keys: Partial<Pointing> = {}) {
    tool.move(this.at(x, y, keys));
    tool.down(this.at(x, y, keys));
    tool.up(this.at(x, y, keys));
  }
  drag(tool: Pick<Tool, "down" | "move" | "up">, ...places: [number, number][]) {
    const [first, ...rest] = places as [[number, number], ...[number, number][]];
    tool.down(this.at(...first));
    for (const place of rest) tool.move(this.at(...place));
    tool.up(this.at(...(places.at(-1) as [number, number])));
  }
}

/** The worker's own code, answering at once. */
export const here: ApplyStroke = (job) =>
  new Promise((resolve) => {
    vi.stubGlobal("self", thread);
    thread.postMessage = resolve;
    thread.onmessage?.({ data: { ...job, id: 0 } });
  });

/** The same, but each answer waits until the test lets it come. */
export function late(): { readonly apply: ApplyStroke; answer(): Promise<void> } {
  const waiting: (() => void)[] = [];
  return {
    apply: async (job) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return here(job);
    },
    async answer() {
      waiting.shift()?.();
      await settled();
    },
  };
}

/** Once all that was waiting for an answer has had it. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
