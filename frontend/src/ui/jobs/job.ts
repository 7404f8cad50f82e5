import { t } from "../../model/language";

/** A long piece of work as its poll address tells it. */
export interface JobProps {
  readonly kind: "release" | "export" | "run" | "preannotation" | "trial" | "evaluation";
  readonly title: string;
  readonly poll_url: string;
  readonly cancel_url?: string;
  readonly links: readonly { readonly label: string; readonly url: string; readonly icon?: string }[];
  /** Whether the page around it tells more once it is over, and so is opened anew. */
  readonly reloads?: boolean;
  /** The form that asks for it once more, where it was stopped or failed. */
  readonly again?: { readonly url: string; readonly fields: readonly (readonly [string, string])[] };
}

export interface Job {
  readonly state: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly error: string;
  readonly epoch?: number;
  readonly epochs?: number;
  readonly item_count?: number;
  readonly attempt?: number;
  /** The size of what was made. */
  readonly bytes?: number | null;
  /** How many of how many, and how fast. */
  readonly note?: string;
  /** What it waits for while it is queued, in a sentence. */
  readonly waits_for?: string;
}

const READY = ["ready", "done"];
const OVER = [...READY, "failed", "cancelled"];

const STATE_WORDS: Record<string, string> = {
  queued: t("Waiting"),
  building: t("Building"),
  running: t("Running"),
  cancelling: t("Stopping"),
  cancelled: t("Cancelled"),
  ready: t("Ready"),
  done: t("Ready"),
  failed: t("Failed"),
};

export const isReady = ({ state }: Job): boolean => READY.includes(state);
export const isOver = ({ state }: Job): boolean => OVER.includes(state);
export const wordOf = ({ state }: Job): string => STATE_WORDS[state] ?? state;

interface Sample {
  readonly progress: number;
  readonly at: number;
}

/** How long the rest will take at the pace of the samples, in words; empty where there is no pace yet. */
export function timeLeft(samples: readonly Sample[]): string {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.progress <= first.progress || last.at - first.at < 2_000) return "";
  const seconds = ((1 - last.progress) * (last.at - first.at)) / 1000 / (last.progress - first.progress);
  if (seconds < 60) return t("about %(time)s left", { time: `${Math.max(1, Math.round(seconds))} s` });
  const time = seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
  return t("about %(time)s left", { time });
}
