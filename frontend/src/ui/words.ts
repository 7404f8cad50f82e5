/** Words and icons that several islands share. */
import type { Desirability } from "../model/annotation";
import { LANGUAGE, t } from "../model/language";

export interface VoteWords {
  readonly value: Desirability;
  readonly word: string;
  readonly icon: string;
  readonly meaning: string;
}

/** In the order of their keys. */
export const VOTES: readonly VoteWords[] = [
  {
    value: "good",
    word: t("Good"),
    icon: "check",
    meaning: t("The blur helps: it makes the subject stand out."),
  },
  {
    value: "ok",
    word: t("OK"),
    icon: "tilde",
    meaning: t("A lesser part of the subject is blurred; what matters is sharp."),
  },
  { value: "bad", word: t("Bad"), icon: "x", meaning: t("The subject itself is blurred.") },
  { value: "none", word: t("No blur"), icon: "circle", meaning: t("Everything is sharp.") },
];

/** Minutes and seconds. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A number with at most so many decimals, written as the language does. */
export function decimal(value: number, digits: number, least = 0): string {
  return value.toLocaleString(LANGUAGE, { maximumFractionDigits: digits, minimumFractionDigits: least });
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 1 ? "<1" : Math.round(value)} %`;
}
