/** What the points of an atlas are coloured with: steps where values have an order, else colours that are told apart. */
import type { Looks } from "../../editor/atlasview";
import { LEFT_OUT } from "../../model/atlas";
import { t } from "../../model/language";

/** A filter that colours points. */
export interface Colour {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** Whether its values go from little to much. */
  readonly is_ordered: boolean;
  /** Words for values; those without say themselves. */
  readonly words: Readonly<Record<string, string>>;
}

const STEPS = 10;
const SERIES = 8;

/** The token of each value's colour. */
export function tokensOf({ name, is_ordered }: Colour, values: readonly string[]): string[] {
  if (name === "verdict") return values.map((value) => `--point-${value}`);
  const last = Math.max(1, values.length - 1);
  return values.map((_, i) =>
    is_ordered ? `--step-${Math.round((i * (STEPS - 1)) / last)}` : `--series-${(i % SERIES) + 1}`,
  );
}

/** Colours as the page's token sheet has them. */
export function looksOf(element: Element, tokens: readonly string[]): Looks {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const colours = new Uint32Array(256).fill(inPicture(token("--point-other")));
  tokens.forEach((name, code) => {
    colours[code] = inPicture(token(name));
  });
  colours[LEFT_OUT] = inPicture(token("--point-faint"));
  const card = token("--card");
  return {
    colours,
    ground: inPicture(card),
    card,
    action: token("--action"),
    border: token("--border-strong"),
  };
}

/** A colour such as #0b5cad or #fff as a picture's pixels hold it: 0xAABBGGRR. */
export function inPicture(colour: string): number {
  const digits = colour.slice(1);
  const value = Number.parseInt(digits.length === 3 ? digits.replace(/./g, "$&$&") : digits, 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** A value in words: a range with its unit, a day's range, or the name it has. */
export function wordsOf({ unit, words }: Colour, value: string): string {
  const [low, high] = value.split("..");
  if (words[value] !== undefined || high === undefined) return words[value] ?? value;
  const range =
    low === ""
      ? t("under %(high)s", { high })
      : high === ""
        ? t("from %(low)s", { low: low ?? "" })
        : `${low} – ${high}`;
  return unit ? `${range} ${unit}` : range;
}
