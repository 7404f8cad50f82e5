/** The sharpness wand: a click takes what hangs together and is as sharp as that place; a drag sideways takes more or less. */

import { type Region, type Ring, vertexCount } from "../../model/annotation";
import { t } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import type { Photo } from "../photo";
import { type Flood, flood } from "../sharpness";
import { type ApplyStroke, applyStroke } from "../strokes";
import type { ImagePoint } from "../viewport";
import type { Bench, Pointing, Tool } from "./tool";

const NOTHING_HERE = t("This place is too even to tell how sharp it is. Click on texture or on an edge.");
const STEP = 6; // of the map's 255
const DRAG = 4; // CSS pixels a step of the map
const LEAST = 4;
const MOST = 250;

interface Cast {
  readonly place: ImagePoint;
  readonly id: string;
  readonly z: number;
}

export class WandTool implements Tool {
  readonly name = "wand";
  readonly draft = null;
  readonly cue = null;
  /** How far from the sharpness of the place the wand goes, in steps of the map. */
  tolerance = 48;
  #grip: { readonly at: Pointing; readonly tolerance: number } | null = null;
  #cast: Cast | null = null;
  #shown: Region | null = null;
  #looking: Promise<void> | null = null;

  constructor(
    private readonly bench: Bench & { readonly photo: Photo | null },
    private readonly flood_: Flood = flood,
    private readonly apply: ApplyStroke = applyStroke,
  ) {}

  down(at: Pointing): void {
    this.#grip = { at, tolerance: this.tolerance };
    this.#cast = { place: at.image, id: uuid7(), z: this.bench.newZ };
    this.#shown = null;
    this.#look();
  }

  move(at: Pointing): void {
    if (!this.#grip) return;
    const { tolerance } = this;
    this.#reach(this.#grip.tolerance + Math.round((at.screen.x - this.#grip.at.screen.x) / DRAG));
    if (this.tolerance !== tolerance) this.#look();
  }

  up(): void {
    if (!this.#grip) return;
    this.#grip = null;
    this.#keep("draw");
  }

  /** Take more (1) or less (-1): of the place clicked last while its region is as the wand made it, else from now on. */
  step(step: number): void {
    this.#reach(this.tolerance + step * STEP);
    const region = this.bench.selected;
    const isAsMade = region !== null && region.rings === this.#shown?.rings && region.id === this.#cast?.id;
    const { tolerance } = this;
    this.bench.say(
      step > 0
        ? t("The wand takes more: tolerance %(tolerance)s.", { tolerance })
        : t("The wand takes less: tolerance %(tolerance)s.", { tolerance }),
    );
    if (!isAsMade) return;
    this.#look();
    this.#keep("reshape");
  }

  cursor(): string {
    return "crosshair";
  }

  finish(): boolean {
    return false;
  }

  dropStroke(): void {
    this.cancel();
  }

  cancel(): boolean {
    if (!this.#grip) return false;
    this.#grip = null;
    this.#cast = null;
    this.bench.preview(null);
    return true;
  }

  stepBack(): boolean {
    return false;
  }

  stepForward(): boolean {
    return false;
  }

  #reach(tolerance: number): void {
    this.tolerance = Math.min(Math.max(tolerance, LEAST), MOST);
  }

  /** Show what the wand would take; one look at a time, and another where the hand has gone on meanwhile. */
  #look(): void {
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = null;
    });
  }

  async #lookOn(): Promise<void> {
    for (let done: unknown = null; done !== this.#wanted(); ) {
      done = this.#wanted();
      const { photo, level, kind } = this.bench;
      const cast = this.#cast;
      if (!photo || !cast) return;
      const rings = await this.flood_(photo, cast.place.x, cast.place.y, this.tolerance);
      if (cast !== this.#cast || photo !== this.bench.photo) continue;
      this.#shown = rings && rings.length > 0 ? { id: cast.id, level, kind, rings, z: cast.z } : null;
      this.bench.preview(this.#shown);
      if (!rings) this.bench.refuse(NOTHING_HERE);
    }
  }

  #wanted(): string {
    return `${this.#cast?.id} ${this.tolerance}`;
  }

  /** Make a region of what is shown, free of crossings and crumbs, as one step of undo. */
  async #keep(kind: "draw" | "reshape"): Promise<void> {
    const { store } = this.bench;
    await this.#looking;
    const region = this.#shown;
    if (!region || region.id !== this.#cast?.id) return this.bench.preview(null);
    const rings = await this.#tidied(region.rings);
    if (store !== this.bench.store) return; // another photo came meanwhile
    if (rings.length === 0) {
      this.bench.preview(null);
      return this.bench.refuse(t("That is too small to be a region. Drag to the right to take more."));
    }
    const old = store.region(region.id);
    if (kind === "reshape" && !old) return;
    this.#shown = { ...(old ?? region), rings };
    store.commit(kind, region.id, this.#shown);
    this.bench.select(region.id);
    const { level } = this.#shown;
    this.bench.say(
      t("The wand took a region of level %(level)s, %(count)s corners.", {
        level,
        count: vertexCount([this.#shown]),
      }),
    );
  }

  async #tidied(rings: readonly Ring[]): Promise<readonly Ring[]> {
    const { results } = await this.apply({ mode: "tidy", line: [], radius: 0, targets: [rings] });
    return results[0] ?? [];
  }
}
