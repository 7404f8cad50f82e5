/** Kinds of blur in words. */
import type { Kind } from "./annotation";
import { t, tn } from "./language";

export const KIND_WORDS = {
  defocus: t("Out of focus"),
  motion: t("Moving subject"),
  shake: t("Camera shake"),
  unknown: t("Not sure"),
} as const satisfies Record<Kind, string>;

/** A kind of blur within a sentence: none of them begins with a noun. */
export function kindWithin(kind: Kind): string {
  const [first = "", ...rest] = KIND_WORDS[kind];
  return first.toLowerCase() + rest.join("");
}

/** What was done with a kind that a person named: to the chosen region, to so many of unknown kind, or to the next ones. */
export function kindSaid(kind: Kind, isChosen: boolean, count: number): string {
  const words = kindWithin(kind);
  if (isChosen) return t("The chosen region and the next ones: %(kind)s.", { kind: words });
  if (count === 0) return t("The next regions: %(kind)s.", { kind: words });
  return tn(
    "%(count)s region and the next ones: %(kind)s.",
    "%(count)s regions and the next ones: %(kind)s.",
    count,
    {
      kind: words,
    },
  );
}
