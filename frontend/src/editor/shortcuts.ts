/** The keys and what they do, as data: the key sheet is drawn from this table too. */

import type { Kind } from "../model/annotation";
import { chordOf } from "../model/chord";
import { t } from "../model/language";

export type EditorCommand =
  | "select-tool"
  | "polygon-tool"
  | "split-tool"
  | "live-wire"
  | "brush-tool"
  | "eraser-tool"
  | "brush-smaller"
  | "brush-larger"
  | "wand-tool"
  | "click-tool"
  | "pan-tool"
  | "cancel"
  | "step-back"
  | "delete"
  | "undo"
  | "redo"
  | "next-region"
  | "previous-region"
  | "next-vertex"
  | "previous-vertex"
  | "left"
  | "right"
  | "up"
  | "down"
  | "far-left"
  | "far-right"
  | "far-up"
  | "far-down"
  | "insert-vertex"
  | "join"
  | "simplify"
  | "drop-vertex"
  | "raise"
  | "lower"
  | "zoom-toggle"
  | "zoom-in"
  | "zoom-out"
  | "fills"
  | "sharpness"
  | "fill-rest"
  | "relevel"
  | "under"
  | "split-view"
  | "difference"
  | "peek"
  | "loupe"
  | "strip"
  | "model"
  | "fainter"
  | "stronger"
  | "accept-model"
  | "accept-region"
  | "subject"
  | `level-${number}`
  | `kind-${Kind}`;

export type PageCommand =
  | "finish"
  | "sheet"
  | "skip"
  | "last-photo"
  | "forth-photo"
  | "photos"
  | "next-part"
  | "previous-part"
  | "note"
  | "vote-none"
  | "vote-good"
  | "vote-ok"
  | "vote-bad";
export type Command = EditorCommand | PageCommand;

export interface Shortcut {
  readonly keys: readonly string[];
  readonly command: Command;
  /** What the key sheet says; empty where another line says it. */
  readonly words: string;
  /** How the key sheet writes the keys, where not as the first chord. */
  readonly sign?: string;
  readonly group: "Labels" | "Draw" | "Edit" | "Look" | "Go on";
}

export const SHORTCUTS: readonly Shortcut[] = [
  ...Array.from(
    { length: 8 },
    (_, level): Shortcut => ({
      keys: [`${level}`],
      command: `level-${level}`,
      words: level === 0 ? t("Level of the next region; with Q of the chosen one") : "",
      sign: "0 1 2 3 …",
      group: "Labels",
    }),
  ),
  { keys: ["c"], command: "relevel", words: t("Give the chosen region this level"), group: "Labels" },
  { keys: ["g"], command: "fill-rest", words: t("Fill the rest with this level"), group: "Labels" },
  {
    keys: ["Shift+o"],
    command: "kind-defocus",
    words: t("Kind of blur: out of focus; of the chosen region, or of all that have none"),
    group: "Labels",
  },
  { keys: ["Shift+m"], command: "kind-motion", words: t("Kind of blur: moving subject"), group: "Labels" },
  { keys: ["Shift+s"], command: "kind-shake", words: t("Kind of blur: camera shake"), group: "Labels" },
  { keys: ["u"], command: "under", words: t("Paint new regions under the others"), group: "Labels" },
  { keys: ["Shift+1"], command: "vote-good", words: t("Vote: good blur"), group: "Labels" },
  { keys: ["Shift+2"], command: "vote-ok", words: t("Vote: OK"), group: "Labels" },
  { keys: ["Shift+3"], command: "vote-bad", words: t("Vote: bad blur"), group: "Labels" },
  { keys: ["Shift+0"], command: "vote-none", words: t("Vote: no blur"), group: "Labels" },
  { keys: ["a"], command: "accept-model", words: t("Accept the model's map"), group: "Labels" },
  {
    keys: ["Shift+a"],
    command: "accept-region",
    words: t("Take the model's region at the pointer"),
    group: "Labels",
  },
  { keys: ["o"], command: "subject", words: t("Outline the subject, as sharp"), group: "Labels" },
  { keys: ["n"], command: "note", words: t("Pin a note at the pointer"), group: "Labels" },

  { keys: ["p"], command: "polygon-tool", words: t("Outline: click corners or drag"), group: "Draw" },
  { keys: ["t"], command: "live-wire", words: t("Hold: the line follows edges of the photo"), group: "Draw" },
  { keys: ["b"], command: "brush-tool", words: t("Brush: adds to the chosen region"), group: "Draw" },
  { keys: ["e"], command: "eraser-tool", words: t("Eraser: takes from what it touches"), group: "Draw" },
  {
    keys: ["w"],
    command: "wand-tool",
    words: t("Sharpness wand: takes what is equally sharp"),
    group: "Draw",
  },
  {
    keys: ["k"],
    command: "click-tool",
    words: t("Thing by clicks: Shift takes away, a drag is a box"),
    group: "Draw",
  },
  { keys: [","], command: "brush-smaller", words: t("Brush smaller, larger"), sign: ", .", group: "Draw" },
  { keys: ["."], command: "brush-larger", words: "", group: "Draw" },
  { keys: ["d"], command: "drop-vertex", words: t("Drop a corner at the crosshair"), group: "Draw" },
  { keys: ["Backspace"], command: "step-back", words: t("Take the last corner back"), group: "Draw" },
  { keys: ["Escape"], command: "cancel", words: t("Cancel; then choose nothing"), group: "Draw" },

  { keys: ["q"], command: "select-tool", words: t("Select and edit"), group: "Edit" },
  { keys: ["Tab"], command: "next-region", words: t("Next region; Shift: previous"), group: "Edit" },
  { keys: ["Shift+Tab"], command: "previous-region", words: "", group: "Edit" },
  {
    keys: ["Ctrl+ArrowRight", "Ctrl+ArrowDown"],
    command: "next-vertex",
    words: t("Next, previous corner"),
    sign: "Ctrl → ←",
    group: "Edit",
  },
  { keys: ["Ctrl+ArrowLeft", "Ctrl+ArrowUp"], command: "previous-vertex", words: "", group: "Edit" },
  {
    keys: ["ArrowLeft"],
    command: "left",
    words: t("Move by 1 px, with Shift by 10"),
    sign: "← → ↑ ↓",
    group: "Edit",
  },
  ...(["right", "up", "down", "far-left", "far-right", "far-up", "far-down"] as const).map(
    (command): Shortcut => {
      const [side = "", isFar] = command.split("-").reverse();
      const key = `Arrow${side.charAt(0).toUpperCase()}${side.slice(1)}`;
      return { keys: [isFar ? `Shift+${key}` : key], command, words: "", group: "Edit" };
    },
  ),
  { keys: ["Insert"], command: "insert-vertex", words: t("Add a corner after this one"), group: "Edit" },
  { keys: ["Delete"], command: "delete", words: t("Delete the corner or the region"), group: "Edit" },
  { keys: ["s"], command: "split-tool", words: t("Split: a line across cuts in two"), group: "Edit" },
  { keys: ["j"], command: "join", words: t("Join with those of its level it touches"), group: "Edit" },
  { keys: ["x"], command: "simplify", words: t("Fewer corners, true to 1 px"), group: "Edit" },
  {
    keys: ["PageUp"],
    command: "raise",
    words: t("Paint the region later, earlier"),
    sign: "PageUp PageDown",
    group: "Edit",
  },
  { keys: ["PageDown"], command: "lower", words: "", group: "Edit" },
  { keys: ["Ctrl+z"], command: "undo", words: t("Undo"), group: "Edit" },
  { keys: ["Ctrl+Shift+z", "Ctrl+y"], command: "redo", words: t("Redo"), group: "Edit" },

  {
    keys: ["z"],
    command: "zoom-toggle",
    words: t("Whole photo, then 1:1; a small one fills the screen"),
    group: "Look",
  },
  {
    keys: ["+", "="],
    command: "zoom-in",
    words: t("Zoom in, out; or the wheel"),
    sign: "+ -",
    group: "Look",
  },
  { keys: ["-"], command: "zoom-out", words: "", group: "Look" },
  { keys: ["Space"], command: "peek", words: t("Hold: only the photo. With a drag: pan"), group: "Look" },
  { keys: ["l"], command: "loupe", words: t("Hold: loupe at true pixels"), group: "Look" },
  { keys: ["r"], command: "strip", words: t("Samples of each level beside the pointer"), group: "Look" },
  { keys: ["f"], command: "fills", words: t("Fill the levels"), group: "Look" },
  { keys: ["h"], command: "sharpness", words: t("How sharp the photo is, measured"), group: "Look" },
  { keys: ["m"], command: "model", words: t("Show or hide the model's map"), group: "Look" },
  {
    keys: ["v"],
    command: "split-view",
    words: t("Yours left, the model's right of the pointer"),
    group: "Look",
  },
  {
    keys: ["Shift+v"],
    command: "difference",
    words: t("Where yours and the model's map differ"),
    group: "Look",
  },
  {
    keys: ["["],
    command: "fainter",
    words: t("What lies over it fainter, stronger; the wand takes less, more"),
    sign: "[ ]",
    group: "Look",
  },
  { keys: ["]"], command: "stronger", words: "", group: "Look" },

  { keys: ["Enter"], command: "finish", words: t("Close the outline; else submit and next"), group: "Go on" },
  { keys: ["`"], command: "skip", words: t("Skip this photo"), group: "Go on" },
  {
    keys: ["Shift+PageUp", "Shift+Backspace"],
    command: "last-photo",
    words: t("Back to the photo that you handed in last, and to those before"),
    group: "Go on",
  },
  {
    keys: ["Shift+PageDown"],
    command: "forth-photo",
    words: t("Forth again, up to the photo that you were at"),
    group: "Go on",
  },
  { keys: ["i"], command: "photos", words: t("Show or hide your last photos"), group: "Go on" },
  {
    keys: ["F6"],
    command: "next-part",
    words: t("From the photo to the labels, then to the tools"),
    group: "Go on",
  },
  { keys: ["Shift+F6"], command: "previous-part", words: "", group: "Go on" },
  { keys: ["?"], command: "sheet", words: t("These keys"), group: "Go on" },
];

/** The chord of each command that a person moved. */
export type Keys = Readonly<Record<string, string>>;

/** The table with a person's own keys in place of the usual ones; a usual key that they gave away does nothing else. */
export function rebound(keys: Keys): readonly Shortcut[] {
  const taken = new Set(Object.values(keys));
  return SHORTCUTS.map(({ sign, ...shortcut }) => {
    const own = keys[shortcut.command];
    if (own !== undefined) return { ...shortcut, keys: [own] };
    const left = shortcut.keys.filter((chord) => !taken.has(chord));
    return { ...shortcut, keys: left, ...(sign === undefined ? {} : { sign }) };
  });
}

/** The command that would lose `chord` if another took it, or null. */
export function holderOf(chord: string, keys: Keys): Command | null {
  return rebound(keys).find((shortcut) => shortcut.keys.includes(chord))?.command ?? null;
}

let table = SHORTCUTS;
let byChord = index(table);

function index(shortcuts: readonly Shortcut[]): ReadonlyMap<string, Command> {
  return new Map(shortcuts.flatMap(({ keys, command }) => keys.map((chord) => [chord, command] as const)));
}

/** From now on the person's own keys hold. */
export function useKeys(keys: Keys): void {
  table = rebound(keys);
  byChord = index(table);
}

/** The table as it holds now. */
export function shortcuts(): readonly Shortcut[] {
  return table;
}

const SIGNS: Record<string, string> = {
  Ctrl: t("Ctrl"),
  Escape: t("Esc"),
  Backspace: t("Backspace"),
  Insert: t("Insert"),
  Delete: t("Del"),
  PageUp: t("PgUp"),
  PageDown: t("PgDn"),
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Space: t("Space"),
};

/** A key as it is written on people's keyboards. */
export function signOf(key: string): string {
  return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** The key of a command as people read it, such as `Ctrl+Z`; empty where it has none. */
export function keyOf(command: Command): string {
  const chord = table.find((shortcut) => shortcut.command === command)?.keys[0] ?? "";
  return chord === "+" ? chord : chord.split("+").map(signOf).join("+");
}

/** The command of a key, or null. */
export function commandOf(event: KeyboardEvent): Command | null {
  return byChord.get(chordOf(event)) ?? null;
}
