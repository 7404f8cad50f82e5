import { t } from "../../model/language";

/** What a person should know before starting a run. */
export interface Plan {
  readonly splits: Readonly<Record<string, number>>;
  readonly verdicts: readonly { readonly name: string; readonly count: number }[];
  /** Least and most, as past runs say; null where there is none. */
  readonly seconds: readonly [number, number] | null;
  readonly same_run: { readonly id: number; readonly state: string } | null;
}

/** A span of times in words: "about 3 min", "2 to 5 h". */
export function timeIn([least, most]: readonly [number, number]): string {
  const [size, unit] = most < 90 ? [1, "s"] : most < 5400 ? [60, "min"] : [3600, "h"];
  const [from, to] = [Math.max(1, Math.round(least / size)), Math.max(1, Math.round(most / size))];
  return from === to
    ? t("About %(time)s", { time: `${from} ${unit}` })
    : t("%(from)s to %(to)s", { from, to: `${to} ${unit}` });
}
