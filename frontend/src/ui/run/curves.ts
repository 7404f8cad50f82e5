/** Curves over epochs, as numbers: one axis, the value at an epoch, smoothing, and how lines are told apart. */
import { decimal } from "../words";

/** Epochs, rising, and the values there. */
export type Curve = readonly [readonly number[], readonly number[]];

export type Curves = Readonly<Record<string, Curve>>;

/** One line of a chart. */
export interface Line {
  readonly id: string;
  readonly title: string;
  readonly curve: Curve;
  /** What stands behind it faintly: the curve before it was smoothed. */
  readonly raw?: Curve;
  readonly mark: Mark;
}

/** A colour of the token sheet, 1 to 8, and dashes in pixels. */
export interface Mark {
  readonly colour: number;
  readonly dash: number[];
}

export const COLOURS = 8;
const DASHES: readonly number[][] = [[], [7, 4], [3, 3], [10, 3, 2, 3]];

/** How the line of that number is told apart, 0 first: the next one by colour and dash, 32 of them pairwise unlike. */
export function markOf(index: number): Mark {
  const round = Math.floor(index / COLOURS);
  return { colour: (index % COLOURS) + 1, dash: DASHES[(index + round) % DASHES.length] ?? [] };
}

/** The whole epoch at which the longest of the curves ends, at least 1. */
export function lastEpoch(curves: readonly Curve[]): number {
  return Math.max(1, ...curves.map(([epochs]) => Math.ceil(epochs.at(-1) ?? 0)));
}

/** What the curve has come to at an epoch; null before it begins and after the epoch in which it ends. */
export function valueAt([epochs, values]: Curve, epoch: number): number | null {
  if (epoch > Math.ceil(epochs.at(-1) ?? 0)) return null;
  return values[epochs.findLastIndex((place) => place <= epoch)] ?? null;
}

/** A metric's value as it is read everywhere: four decimals, in the language of the page. */
export const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : decimal(value, 4, 4);

/** One axis of epochs for several curves: at each epoch every curve's value, or null where it has none. */
export function aligned(curves: readonly Curve[]): [number[], ...(number | null)[][]] {
  const places = [...new Set(curves.flatMap(([at]) => at))].sort((a, b) => a - b);
  const columns = curves.map(([at, values]) => {
    const byPlace = new Map(at.map((epoch, index) => [epoch, values[index] ?? null]));
    return places.map((epoch) => byPlace.get(epoch) ?? null);
  });
  return [places, ...columns];
}

/** The exponential moving average, `weight` 0 to below 1, without the pull of its start (Kingma & Ba 2015, section 3). */
export function smoothed([epochs, values]: Curve, weight: number): Curve {
  let mean = 0;
  return [
    epochs,
    values.map((value, index) => {
      mean = weight * mean + (1 - weight) * value;
      return mean / (1 - weight ** (index + 1));
    }),
  ];
}
