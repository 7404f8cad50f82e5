/** What each key and each button does on the bench. */
import type { Kind } from "../model/annotation";
import { t } from "../model/language";
import type { Commanded } from "./commanded";
import { BARE, type Looks } from "./layers";
import { acceptModel, acceptRegion, NO_MAP, takeSubject } from "./modelmap";
import { type EditorCommand, keyOf } from "./shortcuts";

const ARROWS: Record<string, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};
const PAN_STEP = 20; // CSS pixels an arrow key moves the photo where nothing is chosen

/** Do what a key or a button says. */
export function obey(editor: Commanded, command: EditorCommand): void {
  const [x, y] = ARROWS[command.replace("far-", "")] ?? [0, 0];
  const pixels = command.startsWith("far-") ? 10 : 1;
  if (x !== 0 || y !== 0) move(editor, x * pixels, y * pixels);
  else if (command.startsWith("level-")) editor.setLevel(Number(command.slice(6)));
  else if (command.startsWith("kind-")) editor.setKind(command.slice(5) as Kind);
  else COMMANDS[command]?.(editor);
}

const COMMANDS: Partial<Record<EditorCommand, (editor: Commanded) => unknown>> = {
  "select-tool": (editor) => editor.use("select"),
  "polygon-tool": (editor) => editor.use("polygon"),
  "split-tool": (editor) => editor.use("split"),
  "live-wire": (editor) => editor.trail(true),
  "brush-tool": takeBrush,
  "eraser-tool": (editor) => editor.use("eraser"),
  "wand-tool": (editor) => editor.use("wand"),
  "click-tool": takeClicks,
  "pan-tool": (editor) => editor.use("pan"),
  "brush-smaller": (editor) => resizeBrush(editor, 1 / 1.25),
  "brush-larger": (editor) => resizeBrush(editor, 1.25),
  cancel,
  "step-back": ({ tool, selection }) => tool.stepBack() || selection.delete(),
  delete: ({ selection }) => selection.delete(),
  undo: ({ tool, store }) => tool.stepBack() || store.undo(),
  redo: ({ tool, store }) => tool.stepForward() || store.redo(),
  "next-region": (editor) => editor.stepRegion(1),
  "previous-region": (editor) => editor.stepRegion(-1),
  "next-vertex": (editor) => stepCorner(editor, 1),
  "previous-vertex": (editor) => stepCorner(editor, -1),
  "insert-vertex": ({ selection }) => selection.insertCorner(),
  "drop-vertex": dropCorner,
  join: ({ selection }) => selection.join(),
  simplify: ({ selection }) => selection.simplify(),
  raise: ({ selection }) => selection.reorder(1),
  lower: ({ selection }) => selection.reorder(-1),
  relevel: (editor) => editor.selection.wanted() && editor.relevel(),
  under: toggleUnder,
  "fill-rest": (editor) => editor.fillRest(),
  "zoom-toggle": ({ camera }) => camera.toggleZoom(),
  "zoom-in": ({ camera }) => camera.zoomBy(2),
  "zoom-out": ({ camera }) => camera.zoomBy(-2),
  peek: (editor) => editor.look({ isPeeking: true }),
  loupe: (editor) => editor.look({ isLoupe: true }),
  strip: (editor) => editor.look({ isStripShown: !editor.looks.isStripShown }),
  fills: (editor) => lay(editor, "isFilled"),
  sharpness: (editor) => lay(editor, "isSharpnessShown"),
  model: (editor) => lay(editor, "isModelShown"),
  "split-view": (editor) => lay(editor, "isSplit"),
  difference: (editor) => lay(editor, "isDifferenceShown"),
  fainter: (editor) => strengthen(editor, -1),
  stronger: (editor) => strengthen(editor, 1),
  "accept-model": acceptModel,
  "accept-region": acceptRegion,
  subject: takeSubject,
};

const OF_THE_MODEL: ReadonlySet<keyof Looks> = new Set(["isModelShown", "isSplit", "isDifferenceShown"]);

/** Lay one thing over the photo in place of what lies there, or take it away. */
function lay(editor: Commanded, layer: keyof typeof BARE): void {
  const canBe = editor.model !== null || !OF_THE_MODEL.has(layer);
  editor.look({ ...BARE, [layer]: canBe && !editor.looks[layer] });
  if (!canBe) editor.refuse(NO_MAP);
}

/** The wand takes more or less; with other tools what is laid over the photo is stronger or fainter. */
function strengthen(editor: Commanded, step: number): void {
  if (editor.tool.name === "wand") editor.wand.step(step);
  else editor.look({ opacity: Math.min(Math.max(editor.looks.opacity + 0.1 * step, 0.1), 1) });
}

function cancel(editor: Commanded): void {
  if (editor.tool.cancel()) return;
  editor.select(null);
  if (editor.tool.name === "brush") takeBrush(editor);
}

/** Its code is loaded when it is first taken. */
async function takeClicks(editor: Commanded): Promise<void> {
  const { ClickTool } = await import("./tools/click");
  editor.clicks ??= new ClickTool(editor);
  editor.use("click");
}

/** Take the brush in hand, and say where its strokes go. */
function takeBrush(editor: Commanded): void {
  const { selected, level } = editor;
  editor.use("brush");
  editor.say(
    selected?.level === level
      ? t("Strokes go into the chosen region; %(key)s begins a new one.", { key: keyOf("cancel") })
      : t("The next stroke makes a new region."),
  );
}

function stepCorner(editor: Commanded, step: number): void {
  if (!editor.selection.wanted()) return;
  editor.use("select");
  editor.selection.stepCorner(step);
}

/** Arrows move the crosshair while a line is drawn, else the chosen region, else the photo. */
function move(editor: Commanded, dx: number, dy: number): void {
  const { name, draft } = editor.tool;
  const isDrawing = name === "polygon" && (draft !== null || !editor.selected);
  if (isDrawing || name === "split") {
    editor.tool.move(editor.pointing(editor.camera.moveCrosshair(dx, dy), false, false));
    editor.changed();
  } else if (editor.selected) editor.selection.nudge(dx, dy);
  else editor.camera.pan(-dx * PAN_STEP, -dy * PAN_STEP);
}

function dropCorner(editor: Commanded): void {
  if (!editor.tool.resume) return; // it draws no lines
  const at = editor.pointing(editor.camera.moveCrosshair(0, 0), false, false);
  editor.tool.down(at);
  editor.tool.up(at);
}

function resizeBrush(editor: Commanded, factor: number): void {
  editor.brushSize = Math.round(Math.min(Math.max(editor.brushSize * factor, 4), 400));
  const width = Math.max(1, Math.round(editor.brushSize / editor.view.scale));
  editor.say(t("Brush %(width)s px of the photo.", { width }));
  editor.refresh();
}

function toggleUnder(editor: Commanded): void {
  editor.isUnder = !editor.isUnder;
  editor.say(editor.isUnder ? t("New regions go under the others.") : t("New regions go over the others."));
}
