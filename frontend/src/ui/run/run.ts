/** A training as the site tells of it, and what a page shows of that. */
import { t } from "../../model/language";
import { decimal } from "../words";
import type { Curves } from "./curves";

export interface Attempt {
  readonly number: number;
  readonly reason: string;
  readonly worker: string;
  readonly from_epoch: number;
  readonly started_at: string;
}

export interface Version {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
}

export interface Run {
  readonly state: string;
  readonly epoch: number;
  readonly epochs: number;
  /** Share that is done, 0 to 1. */
  readonly progress: number;
  readonly attempt: number;
  readonly images_per_s: number | null;
  readonly started_at: string | null;
  readonly error: string;
  /** What it waits for while it is queued, in a sentence. */
  readonly waits_for: string;
  readonly log_tail: string;
  readonly attempts: readonly Attempt[];
  readonly version: Version | null;
  /** Every metric of every epoch. */
  readonly table: Curves;
  /** What steps tell, finer than epochs. */
  readonly curves: Curves;
  readonly samples: readonly number[];
}

export type Act = "stop" | "cancel" | "resume" | "retry";

export const ACT_WORDS: Record<Act, string> = {
  stop: t("Stop after this epoch"),
  cancel: t("Cancel"),
  resume: t("Resume from its last checkpoint"),
  retry: t("Start over"),
};

const ACTS_BY_STATE: Record<string, readonly Act[]> = {
  queued: ["cancel"],
  running: ["stop", "cancel"],
  stopping: ["cancel"],
  failed: ["resume", "retry"],
  cancelled: ["resume", "retry"],
};

/** What can be done with a run in that state; one that ended in its first epoch has left nothing to go on from. */
export const actsOf = (state: string, epoch: number): readonly Act[] =>
  (ACTS_BY_STATE[state] ?? []).filter((act) => act !== "resume" || epoch > 0);

export const isOver = (state: string): boolean => ["done", "failed", "cancelled"].includes(state);

const STATE_WORDS: Record<string, string> = {
  queued: t("Waits for a worker"),
  running: t("Training"),
  stopping: t("Ends after this epoch"),
  cancelling: t("Being cancelled"),
  done: t("Done"),
  failed: t("Failed"),
  cancelled: t("Cancelled"),
};

export const wordOf = (state: string): string => STATE_WORDS[state] ?? state;

const METRIC_WORDS: Record<string, string> = {
  loss: t("Training loss"),
  val_loss: t("Validation loss"),
  val_loss_levels: t("Validation loss: levels"),
  val_loss_coarse: t("Validation loss: coarse map"),
  val_loss_amount: t("Validation loss: amount"),
  val_loss_attention: t("Validation loss: attention"),
  val_loss_desirability: t("Validation loss: desirability"),
  val_loss_gradient: t("Validation loss: edges"),
  level_accuracy: t("Level right"),
  level_miou: t("Level overlap"),
  amount_mae: t("Amount off by"),
  blur_ap: t("Blur found"),
  desirability_accuracy: t("Verdict right"),
};

/** A metric's name as people read it; one that is new here as the trainer calls it. */
export const titleOf = (name: string): string => METRIC_WORDS[name] ?? name.replaceAll("_", " ");

/** The names of the metrics, losses first. */
export function columns(table: Curves): string[] {
  return Object.keys(table).sort((a, b) => Number(isLoss(b)) - Number(isLoss(a)) || a.localeCompare(b));
}

export interface Epoch {
  readonly epoch: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The metrics by epoch, newest first. */
export function rowsOf(table: Curves): Epoch[] {
  const byEpoch = new Map<number, Record<string, number>>();
  for (const [name, [epochs, values]] of Object.entries(table))
    for (const [index, epoch] of epochs.entries()) {
      const row = byEpoch.get(epoch) ?? {};
      row[name] = values[index] as number;
      byEpoch.set(epoch, row);
    }
  return [...byEpoch].sort(([a], [b]) => b - a).map(([epoch, values]) => ({ epoch, values }));
}

const isLoss = (name: string): boolean => name.includes("loss");

export interface Chart {
  readonly title: string;
  readonly names: readonly string[];
}

/** The curves by what they measure, few enough a chart to be told apart; empty charts left out. */
export function charts(curves: Curves): Chart[] {
  const isPart = (name: string) => name.startsWith("val_loss_");
  const isVerdict = (name: string) => /^(desirability|existence)/.test(name);
  const kinds: [string, (name: string) => boolean][] = [
    [t("Loss"), (name) => isLoss(name) && !isPart(name)],
    [t("Parts of the validation loss"), isPart],
    [t("Blur map"), (name) => !isLoss(name) && !isVerdict(name)],
    [t("Desirability"), isVerdict],
  ];
  const names = Object.keys(curves).sort();
  return kinds
    .map(([title, isOfKind]) => ({ title, names: names.filter(isOfKind) }))
    .filter((chart) => chart.names.length > 0);
}

const MINUTE_S = 60;
const HOUR_S = 3600;

/** How long the rest takes at the pace since `from`, in words; empty while nothing can be said. */
export function timeLeft(
  run: Pick<Run, "progress">,
  from: { readonly progress: number; readonly at: number } | null,
  now = Date.now(),
): string {
  const done = run.progress - (from?.progress ?? 0);
  if (!from || done < 0.01) return "";
  const leftS = (((now - from.at) / 1000) * (1 - run.progress)) / done;
  if (leftS < MINUTE_S) return `${Math.ceil(leftS)} s`;
  if (leftS < HOUR_S) return `${Math.ceil(leftS / MINUTE_S)} min`;
  return `${decimal(leftS / HOUR_S, 1, 1)} h`;
}

/** Where the present attempt began: what a pace can be measured from. */
export function startOf(run: Run): { progress: number; at: number } | null {
  const last = run.attempts.at(-1);
  return last ? { progress: last.from_epoch / run.epochs, at: Date.parse(last.started_at) } : null;
}
