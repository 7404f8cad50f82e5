/** One photo on the bench: what is shown, chosen and held, and the commands that change it. */
import {
  bottomZ,
  type Document,
  EMPTY,
  type Kind,
  type Region,
  type Ring,
  SUBPIXEL,
  topZ,
} from "../model/annotation";
import { boundsOf } from "../model/geometry";
import type { Sketch } from "../model/journal";
import type { Size } from "../model/raster";
import type { SharpnessMap } from "../model/sharpness";
import { Store } from "../model/store";
import { Camera } from "./camera";
import { stacked } from "./edits";
import { Guides } from "./guides";
import { BARE, FIRST_LOOKS, type Layers, type Looks, layersOf } from "./layers";
import type { Photo } from "./photo";
import { RegionIndex } from "./regionindex";
import type { Renderer } from "./renderer";
import type { Pin, Scene } from "./scene";
import { Selection } from "./selection";
import type { EditorCommand } from "./shortcuts";
import type { Snap } from "./snapping";
import { BrushTool } from "./tools/brush";
import { PanTool } from "./tools/pan";
import { PolygonTool } from "./tools/polygon";
import { SelectTool } from "./tools/select";
import { SplitTool } from "./tools/split";
import type { Bench, Pointing, Tool, ToolName, VertexPlace } from "./tools/tool";
import { WandTool } from "./tools/wand";
import { type ImagePoint, type ScreenPoint, toImage, type View } from "./viewport";

const ARROWS: Record<string, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};
const PAN_STEP = 20; // CSS pixels an arrow key moves the photo where nothing is chosen

export class Editor implements Bench {
  looks: Looks = FIRST_LOOKS;
  level: number;
  kind: Kind = "defocus";
  brushSize = 32;
  isUnder = false;
  /** The last sentence for the status line; the page takes it. */
  words = "";
  readonly camera: Camera;
  readonly guides = new Guides(this);

  #index = new RegionIndex(EMPTY);
  #photo: Photo | null = null;
  #model: Document | null = null;
  #preview: Region | null = null;
  #sharpness: readonly SharpnessMap[] = [];
  #pins: readonly Pin[] = [];
  #tool: Tool;
  #unsubscribe = () => {};
  readonly #selection: Selection;
  readonly wand = new WandTool(this);
  readonly #tools: Record<ToolName, Tool>;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly renderer: Renderer,
    readonly levelCount: number,
  ) {
    const changed = () => this.#changed();
    this.camera = new Camera(renderer, changed);
    this.#selection = new Selection(new Store(EMPTY), changed, (words) => this.say(words));
    this.#tools = {
      select: new SelectTool(this),
      polygon: new PolygonTool(this),
      split: new SplitTool(this),
      brush: new BrushTool(this, "brush"),
      eraser: new BrushTool(this, "eraser"),
      wand: this.wand,
      pan: new PanTool(this.camera),
    };
    this.#tool = this.#tools.polygon;
    this.level = Math.min(2, levelCount - 1);
  }

  // What is on the bench ------------------------------------------------------------------------------------------------

  /** Put another photo on the bench, with the line that was left unfinished on it. */
  open(photo: Photo, store: Store, model: Document | null, sketch: Sketch | null = null): void {
    this.#unsubscribe();
    this.#tool.cancel();
    this.guides.sketch = null;
    this.#photo = photo;
    this.#model = model;
    this.#sharpness = [];
    this.#pins = [];
    this.looks = { ...this.looks, isModelShown: false, isSplit: false, isDifferenceShown: false };
    this.#selection.store = store;
    this.#selection.choose(null);
    this.#unsubscribe = store.subscribe(() => this.#documentChanged());
    this.#documentChanged();
    this.camera.show(photo);
    if (!sketch) return;
    this.use(sketch.tool);
    this.#tool.resume?.(sketch.line);
  }

  close(): void {
    this.#unsubscribe();
    this.renderer.stop();
  }

  /** The canvas has so many CSS pixels now, and its backing store so many of the device. */
  resized(size: Size, device: Size): void {
    const before = this.renderer.size;
    this.renderer.resize(size, device);
    this.camera.resized(before);
  }

  scene(): Scene {
    const { view, crosshair, lookedAt } = this.camera;
    const hasBrush = this.#tool.name === "brush" || this.#tool.name === "eraser";
    return {
      photo: this.#photo,
      view,
      index: this.#index,
      selected: this.#preview ?? this.selected,
      selectedCorners: this.#selection.corners,
      draft: this.#tool.draft,
      cue: this.camera.lookedAt && this.#tool.cue,
      crosshair: crosshair && toImage(view, crosshair),
      brush: hasBrush && lookedAt ? { at: lookedAt, size: this.brushSize } : null,
      ...this.#layers(),
      pins: this.#pins,
      levelCount: this.levelCount,
      loupe: this.looks.isLoupe ? lookedAt : null,
      isPeeking: this.looks.isPeeking,
      hasHandles: this.#tool.name === "select",
    };
  }

  #layers(): Layers {
    const edge = (this.camera.pointer ?? this.camera.middle).x;
    return layersOf(this.looks, this.store.document, this.#model, this.#sharpness, edge);
  }

  /** Pin these notes on the photo. */
  pin(pins: readonly Pin[]): void {
    this.#pins = pins;
    this.#changed();
  }

  /** Show these maps, the later over the earlier, while the sharpness is shown. */
  showSharpness(maps: readonly SharpnessMap[]): void {
    this.#sharpness = maps;
    this.#changed();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #documentChanged(): void {
    this.#index = new RegionIndex(this.store.document);
    this.#preview = null;
    if (this.#selection.id && !this.selected) this.#selection.choose(null);
    this.#changed();
  }

  #changed(): void {
    this.renderer.refresh();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  // What tools ask for --------------------------------------------------------------------------------------------------

  get store(): Store {
    return this.#selection.store;
  }

  get view(): View {
    return this.camera.view;
  }

  get index(): RegionIndex {
    return this.#index;
  }

  get photo(): Photo | null {
    return this.#photo;
  }

  get tool(): Tool {
    return this.#tool;
  }

  get selected(): Region | null {
    return this.#selection.region;
  }

  get selectedCorners(): readonly VertexPlace[] {
    return this.#selection.corners;
  }

  get newZ(): number {
    return this.isUnder ? bottomZ(this.store.document) : topZ(this.store.document);
  }

  select(id: string | null, corners: readonly VertexPlace[] = []): void {
    this.#selection.choose(id, corners);
    const region = this.selected;
    if (region) this.level = region.level;
    this.#changed();
  }

  preview(region: Region | null): void {
    this.#preview = region;
    this.refresh();
  }

  snap(at: ImagePoint, except?: string): Snap | null {
    return this.guides.snap(at, except);
  }

  trace(from: ImagePoint, to: ImagePoint): Ring {
    return this.guides.trace(from, to);
  }

  keep(line: Ring): void {
    const { name } = this.#tool;
    const isSketch = line.length > 0 && (name === "polygon" || name === "split");
    this.guides.sketch = isSketch ? { tool: name, line } : null;
    this.#tell();
  }

  say(words: string): void {
    this.words = words;
    this.#tell();
  }

  refresh(): void {
    this.renderer.refresh(false);
  }

  // Pointing ------------------------------------------------------------------------------------------------------------

  pointing(screen: ScreenPoint, shift: boolean, alt: boolean): Pointing {
    return { screen, image: toImage(this.view, screen), shift, alt };
  }

  pointerAt(screen: ScreenPoint | null): void {
    const { isStripShown, isSplit } = this.looks;
    if (screen || !isStripShown) this.camera.pointer = screen; // the strip keeps what was under the pointer last
    if (screen) this.camera.crosshair = null;
    this.renderer.refresh(isSplit);
    if (isStripShown) this.#tell();
  }

  // Commands ------------------------------------------------------------------------------------------------------------

  /** Do what a key or a button says. */
  run(command: EditorCommand): void {
    const [x, y] = ARROWS[command.replace("far-", "")] ?? [0, 0];
    const pixels = command.startsWith("far-") ? 10 : 1;
    if (x !== 0 || y !== 0) this.#arrow(x * pixels, y * pixels);
    else if (command.startsWith("level-")) this.setLevel(Number(command.slice(6)));
    else this.#commands[command]?.();
  }

  readonly #commands: Partial<Record<EditorCommand, () => unknown>> = {
    "select-tool": () => this.use("select"),
    "polygon-tool": () => this.use("polygon"),
    "split-tool": () => this.use("split"),
    "live-wire": () => this.trail(true),
    "brush-tool": () => this.use("brush"),
    "eraser-tool": () => this.use("eraser"),
    "wand-tool": () => this.use("wand"),
    "pan-tool": () => this.use("pan"),
    "brush-smaller": () => this.#resizeBrush(1 / 1.25),
    "brush-larger": () => this.#resizeBrush(1.25),
    cancel: () => this.#cancel(),
    "step-back": () => this.#tool.stepBack() || this.#selection.delete(),
    delete: () => this.#selection.delete(),
    undo: () => this.#tool.stepBack() || this.store.undo(),
    redo: () => this.#tool.stepForward() || this.store.redo(),
    "next-region": () => this.stepRegion(1),
    "previous-region": () => this.stepRegion(-1),
    "next-vertex": () => this.#stepCorner(1),
    "previous-vertex": () => this.#stepCorner(-1),
    "insert-vertex": () => this.#selection.insertCorner(),
    "drop-vertex": () => this.#dropCorner(),
    join: () => this.#selection.join(),
    simplify: () => this.#selection.simplify(),
    raise: () => this.#selection.reorder(1),
    lower: () => this.#selection.reorder(-1),
    under: () => this.#toggleUnder(),
    "fill-rest": () => this.setBase(this.level),
    "zoom-toggle": () => this.camera.toggleZoom(),
    "zoom-in": () => this.camera.zoomBy(2),
    "zoom-out": () => this.camera.zoomBy(-2),
    peek: () => this.look({ isPeeking: true }),
    loupe: () => this.look({ isLoupe: true }),
    strip: () => this.look({ isStripShown: !this.looks.isStripShown }),
    fills: () => this.#lookAt({ isFilled: !this.looks.isFilled }),
    sharpness: () => this.#lookAt({ isSharpnessShown: !this.looks.isSharpnessShown }),
    model: () => this.#lookAt({ isModelShown: this.#model !== null && !this.looks.isModelShown }),
    "split-view": () => this.#lookAt({ isSplit: this.#model !== null && !this.looks.isSplit }),
    difference: () =>
      this.#lookAt({ isDifferenceShown: this.#model !== null && !this.looks.isDifferenceShown }),
    fainter: () => this.#step(-1),
    stronger: () => this.#step(1),
    "accept-model": () => this.#acceptModel(),
    "accept-region": () => this.#acceptRegion(),
  };

  /** Show or hide something beside the photo. */
  look(looks: Partial<Looks>): void {
    this.looks = { ...this.looks, ...looks };
    this.#changed();
  }

  /** Follow the photo's edges, or stop. */
  trail(isOn: boolean): void {
    this.guides.isTracing = isOn;
    const { pointer, crosshair } = this.camera;
    const at = crosshair ?? pointer;
    if (at && this.#tool.draft) this.#tool.move(this.pointing(at, false, false));
  }

  /** Lay one thing over the photo, in place of what lies there. */
  #lookAt(looks: Partial<Looks>): void {
    this.look({ ...BARE, ...looks });
  }

  /** The wand takes more or less; with other tools what is laid over the photo is stronger or fainter. */
  #step(step: number): void {
    if (this.#tool.name === "wand") this.wand.step(step);
    else this.look({ opacity: Math.min(Math.max(this.looks.opacity + 0.1 * step, 0.1), 1) });
  }

  use(name: ToolName): void {
    if (this.#tool.name === name) return;
    this.#tool.cancel();
    this.#tool = this.#tools[name];
    this.camera.crosshair = null;
    this.#changed();
  }

  /** The level in hand, and that of the chosen region. */
  setLevel(level: number): void {
    if (level >= this.levelCount) return;
    this.level = level;
    const region = this.selected;
    if (region && !this.#tool.draft) this.store.commit("level", region.id, { ...region, level });
    this.#changed();
  }

  setKind(kind: Kind): void {
    this.kind = kind;
    const region = this.selected;
    if (region) this.store.commit("kind", region.id, { ...region, kind });
    this.#changed();
  }

  /** The level of what no region covers. */
  setBase(base: number | null): void {
    const { document } = this.store;
    if (document.base !== base) this.store.commitDocument("base", { ...document, base });
  }

  /** Choose a region and bring it into sight. */
  show(id: string): void {
    this.select(id);
    const region = this.selected;
    if (!region) return;
    const { minX, minY, maxX, maxY } = boundsOf(region.rings);
    this.camera.reveal(minX / SUBPIXEL, minY / SUBPIXEL, maxX / SUBPIXEL, maxY / SUBPIXEL);
  }

  /** Choose the next region in painting order; false after the last, when none is chosen. */
  stepRegion(step: number): boolean {
    const next = this.#selection.step(step);
    if (next) this.show(next.id);
    else this.select(null);
    return next !== null;
  }

  #stepCorner(step: number): void {
    if (!this.selected) return;
    this.use("select");
    this.#selection.stepCorner(step);
  }

  #cancel(): void {
    if (this.#tool.cancel()) return;
    if (this.selected) this.select(null);
    else this.use("select");
  }

  #arrow(dx: number, dy: number): void {
    const { name, draft } = this.#tool;
    const isDrawing = name === "polygon" && (draft !== null || !this.selected);
    if (isDrawing || name === "split") {
      this.#tool.move(this.pointing(this.camera.moveCrosshair(dx, dy), false, false));
      this.#changed();
    } else if (this.selected) this.#selection.nudge(dx, dy);
    else this.camera.pan(-dx * PAN_STEP, -dy * PAN_STEP);
  }

  #dropCorner(): void {
    if (!this.#tool.resume) return; // it draws no lines
    const at = this.pointing(this.camera.moveCrosshair(0, 0), false, false);
    this.#tool.down(at);
    this.#tool.up(at);
  }

  #resizeBrush(factor: number): void {
    this.brushSize = Math.round(Math.min(Math.max(this.brushSize * factor, 4), 400));
    this.say(`Brush ${Math.max(1, Math.round(this.brushSize / this.view.scale))} px of the photo.`);
    this.refresh();
  }

  #toggleUnder(): void {
    this.isUnder = !this.isUnder;
    this.say(this.isUnder ? "New regions go under the others." : "New regions go over the others.");
  }

  #acceptModel(): void {
    if (!this.#model) return;
    this.store.commitDocument("accept", stacked(this.#model, this.store.document));
    this.look({ isModelShown: false, isSplit: false, isDifferenceShown: false });
    this.say("The model's map is yours now. Edit it, or Ctrl+Z to go back.");
  }

  /** Take the model's region under the pointer over the own ones; its id says where it came from. */
  #acceptRegion(): void {
    const at = this.camera.lookedAt;
    if (!this.#model || !at) return this.say("Point at a region of the model's map first.");
    const region = new RegionIndex(this.#model).at(at, 0);
    if (!region) return this.say("The model has no region here.");
    this.store.commit("accept", region.id, { ...region, z: topZ(this.store.document) });
    this.select(region.id);
    this.say(`The model's region, level ${region.level}, is yours now. Ctrl+Z takes it back.`);
  }
}
