/** Things by clicks: one on the thing, more on what is missing, with Shift or Alt on what is too much; a drag is a box. */

import { type Region, type Ring, vertexCount } from "../../model/annotation";
import type { Prompt } from "../../model/clickdecoder";
import { t } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import type { Photo } from "../photo";
import type { Cue } from "../scene";
import { type Bench, gap, type Pointing, type Tool } from "./tool";

const DRAG = 6; // CSS pixels
const NOTHING: Prompt = { clicks: [], box: null };

/** The rings of what was said of, all in px of the photo. */
export type Outline = (prompt: Prompt) => Promise<readonly Ring[]>;

export class ClickTool implements Tool {
  readonly name = "click";
  readonly draft = null;
  #outline: Outline | null = null;
  #photo: Photo | null = null;
  #said: readonly Prompt[] = []; // after each gesture
  #press: Pointing | null = null;
  #drag: Pointing | null = null;
  #shown: readonly Ring[] | null = null;
  #looking: Promise<void> | null = null;

  constructor(private readonly bench: Bench & { readonly photo: Photo | null; changed(): void }) {}

  /** From now on things of this photo can be outlined. */
  give(photo: Photo, outline: Outline): void {
    this.#photo = photo;
    this.#outline = outline;
    if (this.#said.length > 0) this.#look();
    this.bench.changed();
  }

  /** Whether things of the photo that is shown can be outlined. */
  get isReady(): boolean {
    return this.#outline !== null && this.#photo === this.bench.photo;
  }

  get cue(): Cue | null {
    if (this.#press && this.#drag) return { is: "frame", from: this.#press.screen, to: this.#drag.screen };
    return this.#said.length > 0 ? { is: "clicks", clicks: this.#prompt.clicks } : null;
  }

  get #prompt(): Prompt {
    return this.#said.at(-1) ?? NOTHING;
  }

  down(at: Pointing): void {
    this.#press = at;
  }

  move(at: Pointing): void {
    if (this.#press && (this.#drag || gap(this.#press, at) >= DRAG)) this.#drag = at;
  }

  up(): void {
    const { x, y } = this.#press?.image ?? { x: 0, y: 0 };
    const { clicks, box } = this.#prompt;
    if (this.#press && this.#drag) {
      const to = this.#drag.image;
      const corners = [Math.min(x, to.x), Math.min(y, to.y), Math.max(x, to.x), Math.max(y, to.y)] as const;
      this.#say({ clicks, box: corners });
    } else if (this.#press) {
      const isInside = !this.#press.shift && !this.#press.alt;
      if (isInside || this.#said.length > 0) this.#say({ clicks: [...clicks, { x, y, isInside }], box });
      else
        this.bench.refuse(t("Click on the thing first; then Shift and a click take away what is too much."));
    }
    this.dropStroke();
  }

  cursor(): string {
    return "crosshair";
  }

  /** Make a region of what is shown, as one step of undo. */
  finish(): boolean {
    if (this.#said.length === 0) return false;
    this.#keep();
    return true;
  }

  dropStroke(): void {
    this.#press = this.#drag = null;
    this.bench.refresh();
  }

  cancel(): boolean {
    this.dropStroke();
    if (this.#said.length === 0) return false;
    this.#forget();
    return true;
  }

  stepBack(): boolean {
    if (this.#said.length === 0) return false;
    this.#said = this.#said.slice(0, -1);
    if (this.#said.length === 0) this.#forget();
    else this.#look();
    return true;
  }

  stepForward(): boolean {
    return false;
  }

  #forget(): void {
    this.#said = [];
    this.#shown = null;
    this.bench.preview(null);
  }

  #say(prompt: Prompt): void {
    this.#said = [...this.#said, prompt];
    if (this.isReady) this.#look();
    else this.bench.say(t("The photo is still being looked at; the outline comes by itself."));
  }

  /** Show what was said of; one look at a time, and another where more was said meanwhile. */
  #look(): void {
    this.#looking ??= this.#lookOn()
      .catch((error: Error) => this.bench.refuse(error.message))
      .finally(() => {
        this.#looking = null;
      });
  }

  async #lookOn(): Promise<void> {
    for (let done: Prompt | null = null; done !== this.#prompt; ) {
      done = this.#prompt;
      const { photo } = this.bench;
      if (!this.#outline || !this.isReady || this.#said.length === 0) return;
      const rings = await this.#outline(done);
      if (photo !== this.bench.photo || done !== this.#prompt) continue;
      this.#shown = rings;
      this.bench.preview(rings.length > 0 ? this.#region(rings) : null);
      if (rings.length === 0)
        this.bench.refuse(t("Nothing is found there. Click on its middle, or drag a box."));
    }
  }

  #region(rings: readonly Ring[]): Region {
    const { level, kind, newZ } = this.bench;
    return { id: "thing", level, kind, rings, z: newZ };
  }

  async #keep(): Promise<void> {
    const { store, level, kind } = this.bench;
    await this.#looking;
    if (store !== this.bench.store) return; // another photo came meanwhile
    if (!this.#shown || this.#shown.length === 0)
      return this.bench.refuse(t("There is no outline to take yet."));
    const region = { ...this.#region(this.#shown), id: uuid7(), level, kind };
    this.#forget();
    store.commit("draw", region.id, region);
    this.bench.select(region.id);
    const count = vertexCount([region]);
    this.bench.say(t("The outline is a region of level %(level)s now, %(count)s corners.", { level, count }));
  }
}
