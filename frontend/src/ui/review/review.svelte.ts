/** Several people's maps of one photo, looked at together: one camera moves all of them. */

import { photoBytes } from "../../api";
import { Camera } from "../../editor/camera";
import { closePhoto, decodePhoto, type Photo } from "../../editor/photo";
import { PlainRegions } from "../../editor/plainregions";
import type { Renderer } from "../../editor/renderer";
import type { Scene } from "../../editor/scene";
import { type ScreenPoint, screenPoint } from "../../editor/viewport";
import { type Document, EMPTY, IGNORE, parseDocument, type Region, SUBPIXEL } from "../../model/annotation";
import { t } from "../../model/language";
import type { Size } from "../../model/raster";
import { pictureApart } from "./apart";
import { annotationOf, type Difference, type Differences, differencesOf } from "./calls";

export interface Person {
  readonly annotation: number;
  readonly name: string;
  readonly vote: string;
}

export interface ReviewProps {
  readonly image: {
    readonly id: number;
    readonly width: number;
    readonly height: number;
    readonly file_name: string;
  };
  readonly levels: readonly { readonly level: number; readonly name: string }[];
  readonly people: readonly Person[];
}

/** What a tile shows: a person's map by number, where they part, or all of them merged. */
export type Shown = number | "apart" | "merged";

const MARGIN = 4; // CSS pixels around a photo that is shown whole

export class Review {
  documents = $state.raw<readonly Document[]>([]);
  differences = $state.raw<readonly Difference[]>([]);
  merged = $state.raw<Document>(EMPTY);
  photo = $state.raw<Photo | null>(null);
  apart = $state.raw<Photo | null>(null);
  trouble = $state("");
  isFilled = $state(true);
  /** How many people further each tile looks: blinking steps it. */
  shift = $state(0);
  place = $state<number | null>(null);
  zoom = $state(1);
  /** The tile that has the room, if one has. */
  large = $state<Shown | null>(null);
  readonly camera: Camera;
  #laid: Size = { width: 0, height: 0 };
  #indices = new WeakMap<Document, PlainRegions>();
  readonly #renderers = new Map<Shown, Renderer>();

  constructor(readonly props: ReviewProps) {
    this.camera = new Camera(this, () => this.refresh(), MARGIN);
  }

  // The camera's canvas: that of the large tile, else of the first. All have one shape; the others show the same smaller. --

  get #lead(): Renderer | undefined {
    return this.#renderers.get(this.large ?? 0);
  }

  get size(): Size {
    return this.#lead?.size ?? this.#laid;
  }

  get pixelRatio(): number {
    return this.#lead?.pixelRatio ?? devicePixelRatio;
  }

  /** How large the tile is beside the camera's canvas. */
  #share(tile: Shown): number {
    const own = this.#renderers.get(tile)?.size.width ?? 0;
    return own && this.size.width ? own / this.size.width : 1;
  }

  /** Where a place on a tile, in its CSS pixels, is on the camera's canvas. */
  placeOn(tile: Shown, x: number, y: number): ScreenPoint {
    const share = this.#share(tile);
    return screenPoint(x / share, y / share);
  }

  /** Give a tile the room, or all of them the same again. */
  enlarge(tile: Shown): void {
    this.large = this.large === tile ? null : tile;
    this.lay();
  }

  /** A tile has another size, or another one leads: the photo stays fitted, or its middle in the middle. */
  lay(): void {
    const [before, { width, height }] = [this.#laid, this.size];
    if (width === before.width && height === before.height) return;
    this.#laid = { width, height };
    this.camera.resized(before);
  }

  async open(colour: string): Promise<void> {
    const { image, people, levels } = this.props;
    try {
      const [bytes, annotations, differences] = await Promise.all([
        photoBytes(image.id),
        Promise.all(people.map(({ annotation }) => annotationOf(annotation))),
        differencesOf(image.id),
      ]);
      const documents = annotations.map(({ document }) => parseDocument(document, levels.length));
      this.differences = inOrderOf(people, differences);
      await this.show(bytes, documents, colour);
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : t("The photo could not be opened.");
    }
  }

  /** Show the photo of these bytes with people's documents.
   *
   * @throws Error with a sentence for people where the browser cannot decode it.
   */
  async show(bytes: Blob, documents: readonly Document[], colour: string): Promise<void> {
    const { people, levels } = this.props;
    this.photo = await decodePhoto(bytes);
    this.documents = documents;
    if (people.length > 1) this.apart = await pictureApart(this.photo, documents, levels.length, colour);
    this.camera.show(this.photo);
    this.refresh();
  }

  /** Give the memory of the bitmaps back. */
  close(): void {
    for (const photo of [this.photo, this.apart]) if (photo) closePhoto(photo);
    this.photo = this.apart = null;
  }

  /** Draw this tile. */
  join(tile: Shown, renderer: Renderer): () => void {
    this.#renderers.set(tile, renderer);
    return () => {
      renderer.stop();
      this.#renderers.delete(tile);
    };
  }

  refresh(): void {
    this.zoom = this.camera.zoom;
    for (const renderer of this.#renderers.values()) renderer.refresh();
  }

  /** Whom a tile shows after so many blinks. */
  shown(tile: Shown): Shown {
    return typeof tile === "string" ? tile : (tile + this.shift) % Math.max(1, this.props.people.length);
  }

  blink(): void {
    this.shift = (this.shift + 1) % Math.max(1, this.props.people.length);
    this.refresh();
  }

  toggleFill(): void {
    this.isFilled = !this.isFilled;
    this.refresh();
  }

  /** Go to the next place where people part, or back to the one before; after the last one to none. */
  step(by: 1 | -1): void {
    const next = (this.place ?? (by > 0 ? -1 : this.differences.length)) + by;
    if (next in this.differences) return this.look(next);
    this.place = null;
    this.camera.fit();
    this.refresh();
  }

  /** Go to a place where people part. */
  look(number: number): void {
    const box = this.differences[number]?.box;
    if (!box) return;
    this.place = number;
    const [left, top, right, bottom] = box as [number, number, number, number];
    this.camera.reveal(left, top, right, bottom);
    this.refresh();
  }

  #documentOf(shown: Shown): Document {
    if (shown === "merged") return this.merged;
    return shown === "apart" ? EMPTY : (this.documents[shown] ?? EMPTY);
  }

  scene(tile: Shown): Scene {
    const shown = this.shown(tile);
    const document = this.#documentOf(shown);
    const index = this.#indices.get(document) ?? new PlainRegions(document);
    this.#indices.set(document, index);
    const isFilled = this.isFilled && shown !== "apart";
    const [{ view }, share] = [this.camera, this.#share(tile)];
    return {
      photo: shown === "apart" ? this.apart : this.photo,
      view: { scale: view.scale * share, x: view.x * share, y: view.y * share },
      index,
      selected: this.#frame(),
      isFrame: true,
      selectedCorners: [],
      cue: null,
      difference: null,
      sharpness: null,
      pins: [],
      draft: null,
      crosshair: null,
      brush: null,
      tints: isFilled ? [{ document, opacity: 0.6, from: null, to: null }] : [],
      levelCount: this.props.levels.length,
      loupe: null,
      isPeeking: false,
      hasHandles: false,
    };
  }

  /** The box of the place that is looked at. */
  #frame(): Region | null {
    const box = this.place === null ? undefined : this.differences[this.place]?.box;
    if (!box) return null;
    const [left, top, right, bottom] = box.map((value) => value * SUBPIXEL) as [
      number,
      number,
      number,
      number,
    ];
    return {
      id: "place",
      level: 0,
      kind: "unknown",
      rings: [[left, top, right, top, right, bottom, left, bottom]],
      z: 0,
    };
  }
}

/** The places, each with the levels in the order of the people. */
export function inOrderOf(
  people: readonly Person[],
  { annotations, differences }: Differences,
): readonly Difference[] {
  const numbers = people.map(({ annotation }) => annotations.indexOf(annotation));
  return differences.map((difference) => ({
    ...difference,
    levels: numbers.map((number) => difference.levels[number] ?? IGNORE),
  }));
}

/** Where on a photo a box lies, in words. */
export function whereabouts(box: readonly number[], width: number, height: number): string {
  const [left = 0, top = 0, right = 0, bottom = 0] = box;
  const across = Math.min(2, Math.floor((3 * (left + right)) / 2 / width));
  const down = Math.min(2, Math.floor((3 * (top + bottom)) / 2 / height));
  return (WHERE[down]?.[across] ?? "") as string;
}

const WHERE = [
  [t("upper left"), t("top"), t("upper right")],
  [t("left"), t("middle"), t("right")],
  [t("lower left"), t("bottom"), t("lower right")],
] as const;
