/** Our engine as the workbench builds it, without the page around it. */
import "../src/styles/workbench.css";
import { Editor } from "../src/editor/editor";
import { EXTRAS } from "../src/editor/extras";
import { readPalette } from "../src/editor/palette";
import { Renderer } from "../src/editor/renderer";
import { fromGrid, imagePoint, screenPoint, toScreen } from "../src/editor/viewport";
import type { Region } from "../src/model/annotation";
import { Store } from "../src/model/store";
import { CANVAS, drive, makeDocument, makePhoto } from "./scene";

const frame = document.getElementById("frame") as HTMLElement;
frame.className = "bench-canvas";
frame.style.cssText = `position: absolute; inset: 0 auto auto 0; width: ${CANVAS.width}px; height: ${CANVAS.height}px`;
const [still, active] = [document.createElement("canvas"), document.createElement("canvas")];
frame.append(still, active);

const renderer: Renderer = new Renderer(still, active, readPalette(frame), () => editor.scene(), EXTRAS);
const editor: Editor = new Editor(renderer, 4);
editor.resized(CANVAS, CANVAS);
const photo = await makePhoto();
const store = new Store(makeDocument());
editor.open(photo, store, null);

let held = imagePoint(0, 0);
const at = (dx: number, dy: number) => {
  const place = toScreen(editor.view, imagePoint(held.x + dx, held.y + dy));
  return editor.pointing(screenPoint(place.x, place.y), false, false);
};

drive({
  fit: () => editor.camera.fit(),
  trueSize: () => {
    editor.camera.fit();
    editor.camera.toggleZoom();
  },
  pan: (dx, dy) => editor.camera.pan(dx, dy),
  grab: () => {
    const region = store.document.regions[Math.floor(store.document.regions.length / 2)] as Region;
    editor.use("select");
    editor.select(region.id);
    const [x = 0, y = 0] = region.rings[0] ?? [];
    held = fromGrid(x, y);
    editor.tool.down(at(0, 0));
  },
  dragTo: (dx, dy) => {
    const pointing = at(dx, dy);
    editor.tool.move(pointing);
    editor.pointerAt(pointing.screen);
  },
  drop: () => {
    editor.tool.cancel();
    editor.select(null);
    editor.pointerAt(null);
  },
});
