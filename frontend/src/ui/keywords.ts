/** Keys and their groups as people read them. */
import type { Shortcut } from "../editor/shortcuts";
import { t } from "../model/language";

export const GROUP_WORDS: Record<Shortcut["group"], string> = {
  Labels: t("Labels"),
  Draw: t("Draw"),
  Edit: t("Edit"),
  Look: t("Look"),
  "Go on": t("Go on"),
};

/** The lines of the table that say something, by group. */
export function groupsOf(table: readonly Shortcut[]): [Shortcut["group"], readonly Shortcut[]][] {
  const lines = table.filter(({ words }) => words !== "");
  const groups = [...new Set(lines.map(({ group }) => group))];
  return groups.map((name) => [name, lines.filter(({ group }) => group === name)]);
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

/** The keys to be drawn for a line of the table. */
export function signsOf({ keys: [chord = ""], sign }: Shortcut): readonly string[] {
  if (chord === "") return [];
  if (sign) return sign.split(" ").map((key) => SIGNS[key] ?? key);
  return (chord === "+" ? ["+"] : chord.split("+")).map(
    (key) => SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key),
  );
}
