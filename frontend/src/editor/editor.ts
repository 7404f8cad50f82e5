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
import { kindSaid } from "../model/kinds";
import { t } from "../model/language";
import type { Size } from "../model/raster";
import type { SharpnessMap } from "../model/sharpness";
import { Store } from "../model/store";
import { Camera } from "./camera";
import type { Commanded } from "./commanded";
import { obey } from "./commands";
import { filled, ofKind, releveled } from "./edits";
import { Guides } from "./guides";
import { type Asides, FIRST_LOOKS, type Layers, type Looks, layersOf, NO_ASIDES } from "./layers";
import type { Photo } from "./photo";
import { RegionIndex } from "./regionindex";
import type { Renderer } from "./renderer";
import type { Pin, Scene } from "./scene";
import { Selection } from "./selection";
import { type EditorCommand, keyOf } from "./shortcuts";
import type { Snap } from "./snapping";
import { BrushTool } from "./tools/brush";
import type { ClickTool } from "./tools/click";
import { PanTool } from "./tools/pan";
import { PolygonTool } from "./tools/polygon";
import { SelectTool } from "./tools/select";
import { SplitTool } from "./tools/split";
import type { Pointing, Tool, ToolName, VertexPlace } from "./tools/tool";
import { WandTool } from "./tools/wand";
import { type ImagePoint, type ScreenPoint, toImage, type View } from "./viewport";

const DRAWING: ReadonlySet<ToolName> = new Set(["polygon", "brush", "wand", "click"]);
const tooMuch = () => t("This photo holds as many corners as it can. Simplify regions with X, then go on.");

export class Editor implements Commanded {
  looks: Looks = FIRST_LOOKS;
  level: number;
  brushSize = 32;
  isUnder = false;
  /** The last sentence for the status line; the page takes it. */
  words = "";
  /** Whether it says why nothing came of what was asked for. */
  isRefusal = false;
  /** The model's map of this photo. */
  model: Document | null = null;
  /** Whether it was laid over the photo. */
  sawModel = false;
  /** What the model says beside it. */
  asides: Asides = NO_ASIDES;
  readonly camera: Camera;
  readonly selection: Selection;
  readonly guides = new Guides(this);

  #kind: Kind = "defocus";
  #index = new RegionIndex(EMPTY);
  #photo: Photo | null = null;
  #preview: Region | null = null;
  #sharpness: readonly SharpnessMap[] = [];
  #pins: readonly Pin[] = [];
  #tool: Tool;
  /** The tool that draws and was in hand last: on a new photo there is nothing that others could change. */
  #drawing: ToolName = "polygon";
  #unsubscribe = () => {};
  readonly wand = new WandTool(this);
  /** Comes with its code when it is first taken. */
  clicks: ClickTool | null = null;
  readonly #tools: Record<Exclude<ToolName, "click">, Tool>;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly renderer: Renderer,
    readonly levelCount: number,
  ) {
    const changed = () => this.changed();
    this.camera = new Camera(renderer, changed);
    this.selection = new Selection(new Store(EMPTY), changed, this);
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
  open(
    photo: Photo,
    store: Store,
    model: Document | null,
    sketch: Sketch | null = null,
    asides: Asides = NO_ASIDES,
  ): void {
    this.#unsubscribe();
    this.#tool.cancel();
    this.guides.sketch = null;
    this.#photo = photo;
    this.model = model;
    this.asides = asides;
    this.sawModel = false;
    this.#sharpness = [];
    this.#pins = [];
    this.looks = { ...this.looks, isModelShown: false, isSplit: false, isDifferenceShown: false };
    this.selection.store = store;
    this.selection.choose(null);
    this.#unsubscribe = store.subscribe(({ how }) =>
      how === "refuse" ? this.refuse(tooMuch()) : this.#documentChanged(),
    );
    this.#documentChanged();
    this.camera.show(photo);
    this.use(this.#drawing);
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
      base: this.store.document.base,
      selected: this.#preview ?? this.selected,
      selectedCorners: this.selection.corners,
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
    return layersOf(this.looks, this.store.document, this.model, this.#sharpness, edge, this.asides);
  }

  /** Pin these notes on the photo. */
  pin(pins: readonly Pin[]): void {
    this.#pins = pins;
    this.changed();
  }

  /** Show these maps, the later over the earlier, while the sharpness is shown. */
  showSharpness(maps: readonly SharpnessMap[]): void {
    this.#sharpness = maps;
    this.changed();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #documentChanged(): void {
    this.#index = new RegionIndex(this.store.document);
    this.#preview = null;
    if (this.selection.id && !this.selected) this.selection.choose(null);
    this.changed();
  }

  /** Draw all again, and tell who listens. */
  changed(): void {
    this.renderer.refresh();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  // What tools ask for --------------------------------------------------------------------------------------------------

  get store(): Store {
    return this.selection.store;
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
    return this.selection.region;
  }

  get selectedCorners(): readonly VertexPlace[] {
    return this.selection.corners;
  }

  /** Of the next region; what is sharp has none. */
  get kind(): Kind {
    return this.level === 0 ? "unknown" : this.#kind;
  }

  get newZ(): number {
    return this.isUnder ? bottomZ(this.store.document) : topZ(this.store.document);
  }

  select(id: string | null, corners: readonly VertexPlace[] = []): void {
    this.selection.choose(id, corners);
    const region = this.selected;
    if (region) this.level = region.level;
    this.changed();
  }

  preview(region: Region | null): void {
    this.#preview = region;
    this.refresh();
  }

  snap(at: ImagePoint, except?: string): Snap | null {
    return this.guides.snap(at, except);
  }

  trace(line: Ring, to: ImagePoint): Ring {
    return this.guides.trace(line, to);
  }

  keep(line: Ring): void {
    const { name } = this.#tool;
    const isSketch = line.length > 0 && (name === "polygon" || name === "split");
    this.guides.sketch = isSketch ? { tool: name, line } : null;
    this.#tell();
  }

  say(words: string): void {
    this.words = words;
    this.isRefusal = false;
    this.#tell();
  }

  refuse(words: string): void {
    this.words = words;
    this.isRefusal = true;
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
    obey(this, command);
  }

  /** Show or hide something beside the photo. */
  look(looks: Partial<Looks>): void {
    this.looks = { ...this.looks, ...looks };
    const { isModelShown, isSplit, isDifferenceShown } = this.looks;
    this.sawModel ||= isModelShown || isSplit || isDifferenceShown;
    this.changed();
  }

  /** Follow the photo's edges, or stop. */
  trail(isOn: boolean): void {
    this.guides.isTracing = isOn;
    const { pointer, crosshair } = this.camera;
    const at = crosshair ?? pointer;
    if (at && this.#tool.draft) this.#tool.move(this.pointing(at, false, false));
  }

  use(name: ToolName): void {
    const tool = name === "click" ? this.clicks : this.#tools[name];
    if (!tool || tool === this.#tool) return;
    this.#tool.cancel();
    this.#tool = tool;
    if (DRAWING.has(name)) this.#drawing = name;
    this.camera.crosshair = null;
    this.changed();
  }

  /** The level in hand: that of the next region, and with the select tool that of the chosen one. */
  setLevel(level: number): void {
    if (level >= this.levelCount) return;
    this.level = level;
    if (this.#tool.name === "click" && this.#tool.finish()) return;
    if (this.#tool.name === "select") this.relevel();
    else if (this.selected && this.selected.level !== level && !this.#tool.draft)
      this.say(
        t("The next region gets level %(level)s; %(key)s gives it to the chosen one.", {
          level,
          key: keyOf("relevel"),
        }),
      );
    this.changed();
  }

  /** Give the chosen region the level in hand. */
  relevel(): void {
    const { selected: region, level } = this;
    if (region) this.store.commit("level", region.id, releveled(region, level, this.kind));
  }

  /** The kind in hand, and that of the chosen region, or of all that nobody has said it of, such as a model's. */
  setKind(kind: Kind): void {
    this.#kind = kind;
    const { selected, store } = this;
    const { document, count } = ofKind(store.document, kind, selected);
    if (selected && count > 0) store.commit("kind", selected.id, { ...selected, kind });
    else if (count > 0) store.commitDocument("kind", document);
    this.say(kindSaid(kind, selected !== null, count));
    this.changed();
  }

  /** Give what no region covers the level in hand, and its kind, where that is another than out of focus. */
  fillRest(): void {
    const { level, kind, photo, store } = this;
    if (photo) store.commitDocument("base", filled(store.document, level, kind, photo));
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

  /** Choose the next region in painting order, after the last the first; false where there is none. */
  stepRegion(step: number): boolean {
    const next = this.selection.step(step);
    if (next) this.show(next.id);
    return next !== null;
  }
}
