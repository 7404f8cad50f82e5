/** Several trainings over each other: one chart a measure, one line a training. */
import { t } from "../../model/language";
import { type Curves, type Line, markOf, smoothed } from "./curves";
import { columns } from "./run";

export interface Overlaid {
  readonly runs: readonly { readonly id: number; readonly state: string; readonly curves: Curves }[];
}

/** The heaviest smoothing that the slider gives. */
export const HEAVIEST = 0.99;

/** The measures that any of the trainings has, losses first. */
export const measuresOf = ({ runs }: Overlaid): string[] =>
  columns(Object.assign({}, ...runs.map((run) => run.curves)));

/** A measure's line of each training that has it, marked by the training's place; smoothed over its own faint line. */
export function linesOf({ runs }: Overlaid, measure: string, weight: number): Line[] {
  return runs.flatMap(({ id, curves }, index) => {
    const curve = curves[measure];
    if (!curve) return [];
    const line = { id: String(id), title: t("Run %(number)s", { number: id }), mark: markOf(index) };
    return [weight > 0 ? { ...line, curve: smoothed(curve, weight), raw: curve } : { ...line, curve }];
  });
}

/** The smoothing that an address asks for: 0 where it says nothing that can be. */
export function weightIn(search: string): number {
  const weight = Number(new URLSearchParams(search).get("smooth"));
  return weight >= 0 && weight <= HEAVIEST ? weight : 0;
}

/** The address's query with that smoothing, which stands in it only where there is some. */
export function withWeight(search: string, weight: number): string {
  const query = new URLSearchParams(search);
  query.delete("smooth");
  if (weight > 0) query.set("smooth", String(weight));
  return `?${query}`;
}
