/** What the words of a file are to mean, as a curator chooses it, and how much a choice brings in. */
import type { LabelMapping, LabelReport } from "./calls";

/** Of a word said of areas: "" nothing, "level:2", "kind:motion" or "unlabelled"; of one said of photos: "" or a vote. */
export interface Choice {
  shapes: Record<string, string>;
  photos: Record<string, string>;
  authors: Record<string, string>;
  rest: number | null;
  takesHigher: boolean;
  emptyIsLabelled: boolean;
  voteOfMaps: string;
}

export const UNLABELLED = "unlabelled";

/** The choice that a mapping holds; words that it does not name mean nothing. */
export function choiceOf(report: LabelReport, mapping: LabelMapping): Choice {
  const meaning: Record<string, string> = {};
  for (const [name, level] of Object.entries(mapping.levels ?? {})) meaning[name] = `level:${level}`;
  for (const [name, kind] of Object.entries(mapping.kinds ?? {})) meaning[name] = `kind:${kind}`;
  for (const name of mapping.unlabelled ?? []) meaning[name] = UNLABELLED;
  return {
    shapes: Object.fromEntries(report.shape_names.map(({ name }) => [name, meaning[name] ?? ""])),
    photos: Object.fromEntries(report.photo_names.map(({ name }) => [name, mapping.votes?.[name] ?? ""])),
    authors: Object.fromEntries(report.authors.map(({ name }) => [name, mapping.authors?.[name] ?? ""])),
    rest: mapping.rest ?? null,
    takesHigher: mapping.takes_higher ?? true,
    emptyIsLabelled: mapping.empty_is_labelled ?? true,
    voteOfMaps: mapping.vote_of_maps ?? "",
  };
}

/** The mapping as the API takes it. */
export function mappingOf(choice: Choice): LabelMapping {
  const meant = (kind: string) =>
    Object.entries(choice.shapes)
      .filter(([, meaning]) => meaning.startsWith(`${kind}:`))
      .map(([name, meaning]) => [name, meaning.slice(kind.length + 1)] as const);
  return {
    levels: Object.fromEntries(meant("level").map(([name, level]) => [name, Number(level)])),
    kinds: Object.fromEntries(meant("kind")),
    unlabelled: Object.keys(choice.shapes).filter((name) => choice.shapes[name] === UNLABELLED),
    votes: chosen(choice.photos),
    authors: chosen(choice.authors),
    rest: choice.rest,
    takes_higher: choice.takesHigher,
    empty_is_labelled: choice.emptyIsLabelled,
    vote_of_maps: choice.voteOfMaps,
  };
}

function chosen(meanings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(meanings).filter(([, meaning]) => meaning !== ""));
}

/** How many maps and votes the rows come to that find their photo, before it is known whose work they would replace. */
export function countsOf(report: LabelReport, choice: Choice): { maps: number; votes: number } {
  let maps = 0;
  let votes = 0;
  for (const { shapes, photo, drawing, rows } of report.patterns) {
    const isEmpty = drawing === "empty" && choice.rest !== null && choice.emptyIsLabelled;
    const isMap =
      isEmpty || (drawing === "shapes" && shapes.some((name) => levelOf([name], choice) !== null));
    if (isMap) maps += rows;
    if (photo.some((name) => choice.photos[name]) || (isMap && choice.voteOfMaps !== "")) votes += rows;
  }
  return { maps, votes };
}

/** The level that an area of these names gets; null where it gets none. */
export function levelOf(names: readonly string[], choice: Choice): number | null {
  const meanings = names.map((name) => choice.shapes[name] ?? "");
  const levels = meanings
    .filter((meaning) => meaning.startsWith("level:"))
    .map((meaning) => Number(meaning.slice(6)));
  const isTorn = new Set(levels).size > 1 && !choice.takesHigher;
  return levels.length === 0 || isTorn || meanings.includes(UNLABELLED) ? null : Math.max(...levels);
}

/** Flat rings of x, y as the path of an SVG. */
export function pathOf(rings: readonly (readonly number[])[]): string {
  return rings
    .map((ring) => {
      const points = Array.from({ length: ring.length / 2 }, (_, i) => `${ring[2 * i]} ${ring[2 * i + 1]}`);
      return `M${points.join("L")}Z`;
    })
    .join("");
}
