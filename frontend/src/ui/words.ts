/** Words and icons that several islands share. */
import type { Desirability } from "../model/annotation";

export interface VoteWords {
  readonly value: Desirability;
  readonly word: string;
  readonly icon: string;
  readonly keys: string;
  readonly meaning: string;
}

/** In the order of their keys. */
export const VOTES: readonly VoteWords[] = [
  {
    value: "good",
    word: "Good",
    icon: "check",
    keys: "Shift+1",
    meaning: "The blur helps: it makes the subject stand out.",
  },
  {
    value: "ok",
    word: "OK",
    icon: "tilde",
    keys: "Shift+2",
    meaning: "A lesser part of the subject is blurred; what matters is sharp.",
  },
  { value: "bad", word: "Bad", icon: "x", keys: "Shift+3", meaning: "The subject itself is blurred." },
  { value: "none", word: "No blur", icon: "circle", keys: "Shift+0", meaning: "Everything is sharp." },
];

export const KIND_WORDS = {
  defocus: "Out of focus",
  motion: "Moving subject",
  shake: "Camera shake",
  unknown: "Not sure",
} as const;

/** Minutes and seconds. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 1 ? "<1" : Math.round(value)} %`;
}

export function count(number: number, one: string, many: string = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
