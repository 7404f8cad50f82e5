/** Bring two people's, or two tabs', edits of one document together, region by region. Nothing is discarded unasked. */
import { type Document, isSameRegion, type Region } from "./annotation";
import { regionsById, withRegion } from "./store";
import { uuid7 } from "./uuid7";

/** A region that both sides changed, each in its own way; null means deleted there. */
export interface RegionConflict {
  readonly region_id: string;
  readonly mine: Region | null;
  readonly theirs: Region | null;
}

/** The level of the rest of the photo, where both sides set another; null means none there. */
export interface RestConflict {
  readonly region_id: null;
  readonly mine: number | null;
  readonly theirs: number | null;
}

export type Conflict = RegionConflict | RestConflict;

export interface Rebased {
  /** Their document with my changes on top; where both changed one thing, theirs stands until somebody chooses. */
  readonly document: Document;
  readonly conflicts: readonly Conflict[];
}

export type Choice = "mine" | "theirs" | "both";

/** My edits since `base`, moved on top of `theirs`. */
export function rebase(base: Document, mine: Document, theirs: Document): Rebased {
  const [was, isMine, isTheirs] = [regionsById(base), regionsById(mine), regionsById(theirs)];
  let document: Document = theirs;
  const conflicts: Conflict[] = [];
  if (mine.base !== base.base && mine.base !== theirs.base) {
    if (theirs.base === base.base) document = { ...theirs, base: mine.base };
    else conflicts.push({ region_id: null, mine: mine.base, theirs: theirs.base });
  }
  for (const id of new Set([...was.keys(), ...isMine.keys()])) {
    const [old, my, their] = [was.get(id) ?? null, isMine.get(id) ?? null, isTheirs.get(id) ?? null];
    if (isSameRegion(old, my) || isSameRegion(my, their)) continue;
    if (isSameRegion(old, their)) document = withRegion(document, id, my);
    else conflicts.push({ region_id: id, mine: my, theirs: their });
  }
  return { document, conflicts };
}

/** The document after somebody chose a side of a conflict; "both" keeps mine as a region of its own. */
export function settled(document: Document, conflict: Conflict, choice: Choice): Document {
  if (conflict.region_id === null) return choice === "mine" ? { ...document, base: conflict.mine } : document;
  const { region_id, mine, theirs } = conflict;
  if (choice === "mine") return withRegion(document, region_id, mine);
  if (choice === "both" && mine !== null) {
    const id = theirs === null ? region_id : uuid7();
    return withRegion(document, id, { ...mine, id });
  }
  return document;
}
