/** What a test puts on the bench: colours that are told apart, boxes for regions, photos, and the editor itself. */
import { Editor } from "../../src/editor/editor";
import { EXTRAS } from "../../src/editor/extras";
import type { Palette } from "../../src/editor/palette";
import type { Photo } from "../../src/editor/photo";
import { Renderer } from "../../src/editor/renderer";
import { screenPoint } from "../../src/editor/viewport";
import { type Document, EMPTY, type Region } from "../../src/model/annotation";
import { Store } from "../../src/model/store";
import { box } from "../model/shapes";
import { Picture } from "./canvas";
import { useCanvas } from "./screen";

export const PALETTE: Palette = {
  ramp: ["#000010", "#101010", "#202020", "#303030", "#404040", "#505050", "#606060", "#707070"],
  outlineDark: "#0a0a0a",
  outlineLight: "#fafafa",
  badge: "#aa0000",
  badgeText: "#ffff00",
  action: "#0000ff",
  surround: "#767676",
  font: "Inter",
};

/** A region that is a box of photo pixels. */
export function boxed(
  id: string,
  [x, y, width, height]: readonly [number, number, number, number],
  more: Partial<Region> = {},
): Region {
  return { id, level: 1, kind: "defocus", rings: [box(x, y, x + width, y + height)], z: 0, ...more };
}

export function documentOf(...regions: Region[]): Document {
  return { base: null, regions };
}

/** A photo of one colour, in full size and halved as often as is asked for. */
export function photoOf(width: number, height: number, colour = "#00ff00", halved = 0): Photo {
  const bitmaps = Array.from({ length: halved + 1 }, (_, i) => {
    const bitmap = new Picture(width / 2 ** i, height / 2 ** i).fill(colour);
    return bitmap as unknown as ImageBitmap;
  });
  return { width, height, bitmaps };
}

/** A place of the photo: its middle is in the middle of a pixel. */
export type Place = readonly [x: number, y: number];

/** The editor on a canvas of 248 x 148 CSS pixels with a photo of 200 x 100 at (24, 24), one pixel a pixel, of four levels. */
export function openBench(document: Document = EMPTY, model: Document | null = null) {
  const { drawFrame } = useCanvas();
  const [still, active] = [new Picture(), new Picture()];
  const [a, b] = [still, active] as unknown as [HTMLCanvasElement, HTMLCanvasElement];
  const renderer: Renderer = new Renderer(a, b, PALETTE, () => editor.scene(), EXTRAS);
  const editor: Editor = new Editor(renderer, 4);
  const store = new Store(document);
  const size = { width: 248, height: 148 };
  editor.resized(size, size);
  editor.open(photoOf(200, 100), store, model);
  drawFrame();
  const pointing = ([x, y]: Place, shift = false) =>
    editor.pointing(screenPoint(x + editor.view.x, y + editor.view.y), shift, false);
  /** Where the pointer is on the photo. */
  const point = ([x, y]: Place) => editor.pointerAt(screenPoint(x + editor.view.x, y + editor.view.y));
  const drag = (...places: Place[]) => {
    editor.tool.down(pointing(places[0] as Place));
    for (const place of places.slice(1)) editor.tool.move(pointing(place));
    editor.tool.up(pointing(places.at(-1) as Place));
  };
  const click = (place: Place) => {
    editor.tool.move(pointing(place));
    drag(place);
  };
  return { editor, store, still, active, drawFrame, point, drag, click };
}
