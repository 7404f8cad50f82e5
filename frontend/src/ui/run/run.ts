/** A training as the site tells of it, and what a page shows of that. */
export interface Metric {
  readonly epoch: number;
  readonly name: string;
  readonly value: number;
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
  readonly log_tail: string;
  readonly metrics: readonly Metric[];
}

/** The names of the metrics, each once, losses first. */
export function columns(metrics: readonly Metric[]): string[] {
  const isLoss = (name: string) => name.includes("loss");
  return [...new Set(metrics.map((metric) => metric.name))].sort(
    (a, b) => Number(isLoss(b)) - Number(isLoss(a)) || a.localeCompare(b),
  );
}

export interface Epoch {
  readonly epoch: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The metrics by epoch, newest first. */
export function epochs(metrics: readonly Metric[]): Epoch[] {
  const byEpoch = new Map<number, Record<string, number>>();
  for (const { epoch, name, value } of metrics) {
    const values = byEpoch.get(epoch) ?? {};
    values[name] = value;
    byEpoch.set(epoch, values);
  }
  return [...byEpoch].sort(([a], [b]) => b - a).map(([epoch, values]) => ({ epoch, values }));
}

const MINUTE_S = 60;
const HOUR_S = 3600;

/** How long the rest takes at the pace so far, in words; empty while nothing can be said. */
export function timeLeft(run: Pick<Run, "progress" | "started_at">, now = Date.now()): string {
  if (!run.started_at || run.progress < 0.02) return "";
  const spentS = (now - Date.parse(run.started_at)) / 1000;
  const leftS = (spentS * (1 - run.progress)) / run.progress;
  if (leftS < MINUTE_S) return `${Math.ceil(leftS)} s`;
  if (leftS < HOUR_S) return `${Math.ceil(leftS / MINUTE_S)} min`;
  return `${(leftS / HOUR_S).toFixed(1)} h`;
}
