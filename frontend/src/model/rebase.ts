/** Bring two people's, or two tabs', edits of one document together, region by region. Nothing is discarded unasked. */
import { type Document, isSameRegion, type Region } from "./annotation";
import { regionsById, withRegion } from "./store";
import { uuid7 } from "./uuid7";

/** A region that both sides changed, each in its own way; null means deleted there. */
export interface Conflict {
  readonly region_id: string;
  readonly mine: Region | null;
  readonly theirs: Region | null;
}

export interface Rebased {
  /** Their document with my changes on top; where both changed a region, theirs stands until somebody chooses. */
  readonly document: Document;
  readonly conflicts: readonly Conflict[];
}

export type Choice = "mine" | "theirs" | "both";

/** My edits since `base`, moved on top of `theirs`. */
export function rebase(base: Document, mine: Document, theirs: Document): Rebased {
  const [was, isMine, isTheirs] = [regionsById(base), regionsById(mine), regionsById(theirs)];
  let document: Document = mine.base === base.base ? theirs : { ...theirs, base: mine.base };
  const conflicts: Conflict[] = [];
  for (const id of new Set([...was.keys(), ...isMine.keys()])) {
    const [old, my, their] = [was.get(id) ?? null, isMine.get(id) ?? null, isTheirs.get(id) ?? null];
    if (isSameRegion(old, my) || isSameRegion(my, their)) continue;
    if (isSameRegion(old, their)) document = withRegion(document, id, my);
    else conflicts.push({ region_id: id, mine: my, theirs: their });
  }
  return { document, conflicts };
}

/** The document after somebody chose a side of a conflict; "both" keeps mine as a region of its own. */
export function settled(document: Document, { region_id, mine, theirs }: Conflict, choice: Choice): Document {
  if (choice === "mine") return withRegion(document, region_id, mine);
  if (choice === "both" && mine !== null) {
    const id = theirs === null ? region_id : uuid7();
    return withRegion(document, id, { ...mine, id });
  }
  return document;
}
