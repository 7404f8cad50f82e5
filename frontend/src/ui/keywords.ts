/** Keys and their groups as people read them. */
import { type Shortcut, signOf } from "../editor/shortcuts";
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

/** The keys to be drawn for a line of the table. */
export function signsOf({ keys: [chord = ""], sign }: Shortcut): readonly string[] {
  if (chord === "") return [];
  if (sign) return sign.split(" ").map(signOf);
  return (chord === "+" ? ["+"] : chord.split("+")).map(signOf);
}
