/** One photo on the bench: what is shown, chosen and held, and the commands that change it. */
import {
  bottomZ,
  type Document,
  EMPTY,
  type Kind,
  paintingOrder,
  type Region,
  SUBPIXEL,
  topZ,
} from "../model/annotation";
import { boundsOf } from "../model/geometry";
import { ringFault } from "../model/outline";
import type { Size } from "../model/raster";
import { Store } from "../model/store";
import { moved, reordered, stacked, withMiddleCorner, withoutCorner } from "./edits";
import type { Photo } from "./photo";
import { RegionIndex } from "./regionindex";
import type { Renderer } from "./renderer";
import type { Scene, Tint } from "./scene";
import type { EditorCommand } from "./shortcuts";
import { BrushTool } from "./tools/brush";
import { PanTool } from "./tools/pan";
import { PolygonTool } from "./tools/polygon";
import { SelectTool } from "./tools/select";
import type { Bench, Pointing, Tool, ToolName, VertexPlace } from "./tools/tool";
import {
  fitted,
  type ImagePoint,
  imagePoint,
  kept,
  panned,
  revealing,
  type ScreenPoint,
  scaleAfter,
  scaledAt,
  screenPoint,
  toImage,
  toScreen,
  type View,
} from "./viewport";

const ARROWS: Record<string, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

export class Editor implements Bench {
  view: View = { scale: 1, x: 0, y: 0 };
  level = 1;
  kind: Kind = "defocus";
  brushSize = 32;
  isFilled = false;
  isPeeking = false;
  isLoupe = false;
  isStripShown = false;
  isUnder = false;
  isSplit = false;
  isModelShown = false;
  modelOpacity = 0.45;
  words = "";

  #store = new Store(EMPTY);
  #unsubscribe = () => {};
  #index = new RegionIndex(EMPTY);
  #photo: Photo | null = null;
  #model: Document | null = null;
  #selectedId: string | null = null;
  #selectedVertex: VertexPlace | null = null;
  #preview: Region | null = null;
  #crosshair: ScreenPoint | null = null;
  #pointer: ScreenPoint | null = null;
  #isFit = true;
  #tool: Tool;
  readonly #tools: Record<ToolName, Tool>;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly renderer: Renderer,
    readonly levelCount: number,
  ) {
    this.#tools = {
      select: new SelectTool(this),
      polygon: new PolygonTool(this),
      brush: new BrushTool(this, "brush"),
      eraser: new BrushTool(this, "eraser"),
      pan: new PanTool(this),
    };
    this.#tool = this.#tools.polygon;
    this.level = Math.min(2, levelCount - 1);
  }

  // What is on the bench ------------------------------------------------------------------------------------------------

  /** Put another photo on the bench. */
  open(photo: Photo, store: Store, model: Document | null): void {
    this.#unsubscribe();
    this.#tool.cancel();
    this.#photo = photo;
    this.#store = store;
    this.#model = model;
    this.isModelShown = false;
    this.isSplit = false;
    this.#crosshair = null;
    this.#unsubscribe = store.subscribe(() => this.#documentChanged());
    this.#select(null, null);
    this.#documentChanged();
    this.fit();
  }

  close(): void {
    this.#unsubscribe();
    this.renderer.stop();
  }

  get store(): Store {
    return this.#store;
  }

  get photo(): Photo | null {
    return this.#photo;
  }

  get model(): Document | null {
    return this.#model;
  }

  get index(): RegionIndex {
    return this.#index;
  }

  get tool(): Tool {
    return this.#tool;
  }

  get selected(): Region | null {
    return this.#store.region(this.#selectedId);
  }

  get selectedVertex(): VertexPlace | null {
    return this.#selectedVertex;
  }

  get newZ(): number {
    return this.isUnder ? bottomZ(this.#store.document) : topZ(this.#store.document);
  }

  /** Device pixels a photo pixel; 1 is 1:1. */
  get zoom(): number {
    return this.view.scale * this.renderer.pixelRatio;
  }

  /** Whether 1:1 shows no more of the photo's detail. */
  get isFit(): boolean {
    return this.#isFit;
  }

  scene(): Scene {
    const tool = this.#tool;
    return {
      photo: this.#photo,
      view: this.view,
      index: this.#index,
      selected: this.#preview ?? this.selected,
      selectedVertex: this.#selectedVertex,
      draft: tool.draft,
      crosshair: this.#crosshair && toImage(this.view, this.#crosshair),
      brush: this.#hasBrush && this.lookedAt ? { at: this.lookedAt, size: this.brushSize } : null,
      tints: this.#tints(),
      levelCount: this.levelCount,
      loupe: this.isLoupe ? this.lookedAt : null,
      isPeeking: this.isPeeking,
      hasHandles: tool.name === "select",
    };
  }

  /** What is filled: the model's map, my own, or one on either side of the pointer. */
  #tints(): Tint[] {
    const own = { document: this.#store.document, opacity: this.modelOpacity, from: null, to: null };
    const model = this.#model && { ...own, document: this.#model };
    if (model && this.isSplit) {
      const edge = (this.#pointer ?? this.#middle()).x;
      return [
        { ...own, to: edge },
        { ...model, from: edge },
      ];
    }
    if (model && this.isModelShown) return [model];
    return this.isFilled ? [own] : [];
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #documentChanged(): void {
    this.#index = new RegionIndex(this.#store.document);
    this.#preview = null;
    if (!this.selected) this.#select(null, null);
    this.changed();
  }

  /** Draw again and tell the page. */
  changed(): void {
    this.renderer.refresh();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  // What tools ask for --------------------------------------------------------------------------------------------------

  select(id: string | null, vertex: VertexPlace | null = null): void {
    this.#select(id, vertex);
    const region = this.selected;
    if (region) this.level = region.level;
    this.changed();
  }

  #select(id: string | null, vertex: VertexPlace | null): void {
    this.#selectedId = id;
    this.#selectedVertex = vertex;
  }

  preview(region: Region | null): void {
    this.#preview = region;
    this.renderer.refresh(false);
  }

  say(words: string): void {
    this.words = words;
    this.#tell();
  }

  refresh(): void {
    this.renderer.refresh(false);
  }

  /** The region chosen in the list, brought into sight. */
  show(id: string): void {
    this.select(id);
    const region = this.selected;
    if (!region) return;
    const { minX, minY, maxX, maxY } = boundsOf(region.rings);
    const box = [minX, minY, maxX, maxY].map((value) => value / SUBPIXEL) as [number, number, number, number];
    this.#look(revealing(this.view, ...box, this.renderer.size), this.#isFit);
  }

  // Looking -------------------------------------------------------------------------------------------------------------

  #look(view: View, isFit = false): void {
    this.#isFit = isFit;
    this.view = this.#photo && !isFit ? kept(view, this.#photo, this.renderer.size) : view;
    this.changed();
  }

  fit(): void {
    if (this.#photo) this.#look(this.#fitView(this.#photo), true);
  }

  #fitView(photo: Size): View {
    return fitted(photo, this.renderer.size, this.renderer.pixelRatio);
  }

  pan(dx: number, dy: number): void {
    this.#look(panned(this.view, dx, dy));
  }

  zoomBy(steps: number, at: ScreenPoint = this.#middle()): void {
    if (!this.#photo) return;
    const { pixelRatio } = this.renderer;
    const scale = scaleAfter(this.view, steps, this.#fitView(this.#photo).scale, pixelRatio);
    this.#look(scaledAt(this.view, at, scale));
  }

  /** The whole photo, or 1:1 at the pointer; a photo that is whole at 1:1 goes to 2:1. */
  toggleZoom(): void {
    if (!this.#isFit) return this.fit();
    const near = (zoom: number) =>
      scaledAt(this.view, this.#pointer ?? this.#middle(), zoom / this.renderer.pixelRatio);
    this.#look(near(this.zoom < 1 ? 1 : 2));
  }

  /** The canvas changed size: keep the photo fitted, or its middle in the middle. */
  resized(size: Size, device: Size): void {
    const before = this.renderer.size;
    this.renderer.resize(size, device);
    if (this.#isFit) this.fit();
    else this.#look(panned(this.view, (size.width - before.width) / 2, (size.height - before.height) / 2));
  }

  #middle(): ScreenPoint {
    return screenPoint(this.renderer.size.width / 2, this.renderer.size.height / 2);
  }

  // Pointing ------------------------------------------------------------------------------------------------------------

  pointing(screen: ScreenPoint, shift: boolean, alt: boolean): Pointing {
    return { screen, image: toImage(this.view, screen), shift, alt };
  }

  /** Where the pointer or the crosshair is on the photo, or null. */
  get lookedAt(): ImagePoint | null {
    const at = this.#crosshair ?? this.#pointer;
    return at && toImage(this.view, at);
  }

  pointerAt(screen: ScreenPoint | null): void {
    if (screen || !this.isStripShown) this.#pointer = screen;
    if (this.isLoupe || this.#hasBrush) this.refresh();
    if (this.isSplit) this.renderer.refresh();
    if (this.isStripShown) this.#tell();
    if (this.#crosshair && screen) {
      this.#crosshair = null;
      this.refresh();
    }
  }

  get #hasBrush(): boolean {
    return this.#tool.name === "brush" || this.#tool.name === "eraser";
  }

  #resizeBrush(factor: number): void {
    this.brushSize = Math.round(Math.min(Math.max(this.brushSize * factor, 4), 400));
    this.say(`Brush ${Math.max(1, Math.round(this.brushSize / this.view.scale))} px of the photo.`);
    this.refresh();
  }

  use(name: ToolName): void {
    if (this.#tool.name === name) return;
    this.#tool.cancel();
    this.#tool = this.#tools[name];
    this.#crosshair = null;
    this.changed();
  }

  // Commands ------------------------------------------------------------------------------------------------------------

  /** Do what a key or a button says. */
  run(command: EditorCommand): void {
    if (command.startsWith("level-")) this.setLevel(Number(command.slice(6)));
    else if (command in ARROWS) this.#nudge(...(ARROWS[command] as [number, number]), 1);
    else if (command.startsWith("far-")) this.#nudge(...(ARROWS[command.slice(4)] as [number, number]), 10);
    else this.#commands[command]?.();
  }

  readonly #commands: Partial<Record<EditorCommand, () => unknown>> = {
    "select-tool": () => this.use("select"),
    "polygon-tool": () => this.use("polygon"),
    "brush-tool": () => this.use("brush"),
    "eraser-tool": () => this.use("eraser"),
    "brush-smaller": () => this.#resizeBrush(1 / 1.25),
    "brush-larger": () => this.#resizeBrush(1.25),
    "pan-tool": () => this.use("pan"),
    cancel: () => this.#cancel(),
    "step-back": () => this.#tool.stepBack() || this.#delete(),
    delete: () => this.#delete(),
    undo: () => this.#tool.stepBack() || this.#store.undo(),
    redo: () => this.#tool.stepForward() || this.#store.redo(),
    "next-region": () => this.stepRegion(1),
    "previous-region": () => this.stepRegion(-1),
    "next-vertex": () => this.#stepVertex(1),
    "previous-vertex": () => this.#stepVertex(-1),
    "insert-vertex": () => this.#insertVertex(),
    "drop-vertex": () => this.#dropVertex(),
    raise: () => this.#reorder(1),
    lower: () => this.#reorder(-1),
    "zoom-toggle": () => this.toggleZoom(),
    "zoom-in": () => this.zoomBy(2),
    "zoom-out": () => this.zoomBy(-2),
    fills: () => this.#set({ isFilled: !this.isFilled, isModelShown: false }),
    "fill-rest": () => this.setBase(this.level),
    peek: () => this.#set({ isPeeking: true }),
    loupe: () => this.#set({ isLoupe: true }),
    strip: () => this.#set({ isStripShown: !this.isStripShown }),
    model: () => this.#set({ isModelShown: this.#model !== null && !this.isModelShown }),
    "model-fainter": () => this.#set({ modelOpacity: Math.max(0.1, this.modelOpacity - 0.1) }),
    "model-stronger": () => this.#set({ modelOpacity: Math.min(1, this.modelOpacity + 0.1) }),
    "accept-model": () => this.acceptModel(),
    under: () => this.#toggleUnder(),
    "split-view": () => this.#set({ isSplit: this.#model !== null && !this.isSplit }),
  };

  #set(
    flags: Partial<
      Pick<
        Editor,
        | "isFilled"
        | "isPeeking"
        | "isLoupe"
        | "isStripShown"
        | "isUnder"
        | "isSplit"
        | "isModelShown"
        | "modelOpacity"
      >
    >,
  ): void {
    Object.assign(this, flags);
    this.changed();
  }

  /** Let go of what is shown while a key is held. */
  endHold(command: "peek" | "loupe"): void {
    if (command === "peek" && this.isPeeking) this.#set({ isPeeking: false });
    if (command === "loupe" && this.isLoupe) this.#set({ isLoupe: false });
  }

  #toggleUnder(): void {
    this.#set({ isUnder: !this.isUnder });
    this.say(this.isUnder ? "New regions go under the others." : "New regions go over the others.");
  }

  setLevel(level: number): void {
    if (level >= this.levelCount) return;
    this.level = level;
    const region = this.selected;
    if (region && !this.#tool.draft) this.#store.commit("level", region.id, { ...region, level });
    this.changed();
  }

  setKind(kind: Kind): void {
    this.kind = kind;
    const region = this.selected;
    if (region) this.#store.commit("kind", region.id, { ...region, kind });
    this.changed();
  }

  setBase(base: number | null): void {
    const { document } = this.#store;
    if (document.base !== base) this.#store.commitDocument("base", { ...document, base });
  }

  acceptModel(): void {
    if (!this.#model) return;
    this.#store.commitDocument("accept", stacked(this.#model, this.#store.document));
    this.isModelShown = false;
    this.isSplit = false;
    this.say("The model's map is yours now. Edit it, or Ctrl+Z to go back.");
    this.changed();
  }

  remove(id: string): void {
    this.#store.commit("delete", id, null);
  }

  stepRegion(step: number): boolean {
    const order = paintingOrder(this.#store.document);
    const at = order.findIndex(({ id }) => id === this.#selectedId);
    const next = order[at < 0 ? (step > 0 ? 0 : order.length - 1) : at + step];
    if (next) this.show(next.id);
    else this.select(null);
    return next !== undefined;
  }

  #cancel(): void {
    if (this.#tool.cancel()) return;
    if (this.#selectedId) this.select(null);
    else this.use("select");
  }

  #delete(): void {
    const region = this.selected;
    const corner = this.#selectedVertex;
    if (!region) return;
    if (!corner) return this.remove(region.id);
    if (this.#reshape(withoutCorner(region, corner), corner)) this.select(region.id);
  }

  /** Commit the region in its new shape, or say why it cannot be. */
  #reshape(region: Region, { ring }: VertexPlace): boolean {
    const fault = ringFault(region.rings[ring] ?? []);
    if (fault) this.say(fault);
    else this.#store.commit("reshape", region.id, region);
    return fault === null;
  }

  #nudge(x: number, y: number, pixels: number): void {
    const region = this.selected;
    const isDrawing = this.#tool.name === "polygon" && (this.#tool.draft !== null || !region);
    if (isDrawing) return this.#moveCrosshair(x * pixels, y * pixels);
    if (!region) return this.pan(-x * pixels * 20, -y * pixels * 20);
    const corner = this.#selectedVertex;
    const there = moved(region, corner, x * pixels, y * pixels);
    if (corner) this.#reshape(there, corner);
    else this.#store.commit("move", region.id, there);
  }

  #moveCrosshair(dx: number, dy: number): void {
    const from = toImage(this.view, this.#crosshair ?? this.#middle());
    const step = Math.max(1, Math.round(6 / this.view.scale)); // photo pixels; never less than one
    const there = imagePoint(Math.round(from.x + dx * step), Math.round(from.y + dy * step));
    this.#crosshair = toScreen(this.view, there);
    this.#tool.move(this.pointing(this.#crosshair, false, false));
    this.refresh();
  }

  #dropVertex(): void {
    if (this.#tool.name !== "polygon") return;
    this.#crosshair ??= this.#middle();
    const at = this.pointing(this.#crosshair, false, false);
    this.#tool.down(at);
    this.#tool.up(at);
    this.refresh();
  }

  #stepVertex(step: number): void {
    const region = this.selected;
    if (!region) return;
    this.use("select");
    const { ring, vertex } = this.#selectedVertex ?? { ring: 0, vertex: step > 0 ? -1 : 0 };
    const count = (region.rings[ring] as readonly number[]).length / 2;
    this.select(region.id, { ring, vertex: (vertex + step + count) % count });
  }

  #insertVertex(): void {
    const region = this.selected;
    const corner = this.#selectedVertex;
    if (!region || !corner) return this.say("Choose a corner first: Ctrl+→ steps through them.");
    if (this.#reshape(withMiddleCorner(region, corner), corner)) {
      this.select(region.id, { ...corner, vertex: corner.vertex + 1 });
    }
  }

  #reorder(step: number): void {
    const after = this.#selectedId && reordered(this.#store.document, this.#selectedId, step);
    if (after) this.#store.commitDocument("order", after);
  }
}
