/** The document being edited and the one log of operations that serves undo, redo, the journal and the timer. */
import { type Document, isSameRegion, type Region } from "./annotation";
import { isWithinLimits } from "./limits";
import { uuid7 } from "./uuid7";

export type OperationKind =
  | "draw"
  | "reshape"
  | "move"
  | "brush"
  | "erase"
  | "join"
  | "split"
  | "level"
  | "kind"
  | "order"
  | "delete"
  | "base"
  | "accept"
  | "clear";

/** One finished gesture. With a region id, before and after are that region or null; without, they are the whole document. */
export type Operation = { readonly op_id: string; readonly kind: OperationKind; readonly t: number } & (
  | { readonly region_id: string; readonly before: Region | null; readonly after: Region | null }
  | { readonly region_id: null; readonly before: Document; readonly after: Document }
);

export interface Change {
  /** A step past what a save takes is refused, and the document stays. */
  readonly how: "commit" | "undo" | "redo" | "adopt" | "refuse";
  readonly operation: Operation | null;
}

/** The document after the operation, or with `isUndone` as it was before it; what others changed meanwhile stays. */
export function applied(document: Document, operation: Operation, isUndone = false): Document {
  if (operation.region_id !== null) {
    return withRegion(document, operation.region_id, isUndone ? operation.before : operation.after);
  }
  const [from, to] = isUndone ? [operation.after, operation.before] : [operation.before, operation.after];
  const base = from.base === to.base ? document.base : to.base;
  let next: Document = { base, regions: document.regions };
  const wanted = regionsById(to);
  for (const [id, region] of regionsById(from)) {
    if (!isSameRegion(region, wanted.get(id) ?? null)) next = withRegion(next, id, wanted.get(id) ?? null);
  }
  const had = regionsById(from);
  for (const [id, region] of wanted) if (!had.has(id)) next = withRegion(next, id, region);
  return next;
}

export function regionsById(document: Document): Map<string, Region> {
  return new Map(document.regions.map((region) => [region.id, region]));
}

/** The document with the region in place of the one of that id, at the end if it is new, or without it where null. */
export function withRegion(document: Document, id: string, region: Region | null): Document {
  const index = document.regions.findIndex((candidate) => candidate.id === id);
  if (index < 0) return region === null ? document : { ...document, regions: [...document.regions, region] };
  return {
    ...document,
    regions: region === null ? document.regions.toSpliced(index, 1) : document.regions.with(index, region),
  };
}

export class Store {
  #document: Document;
  #log: Operation[];
  #cursor: number;
  readonly #listeners = new Set<(change: Change) => void>();

  /** @param cursor how many operations of the log are in the document; the rest can be redone. */
  constructor(document: Document, log: readonly Operation[] = [], cursor: number = log.length) {
    this.#document = document;
    this.#log = [...log];
    this.#cursor = cursor;
  }

  get document(): Document {
    return this.#document;
  }

  get log(): readonly Operation[] {
    return this.#log;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get canUndo(): boolean {
    return this.#cursor > 0;
  }

  get canRedo(): boolean {
    return this.#cursor < this.#log.length;
  }

  region(id: string | null): Region | null {
    return this.#document.regions.find((region) => region.id === id) ?? null;
  }

  /** Put a region in place of the one of that id (null: there is none), as one step of undo. */
  commit(kind: OperationKind, id: string, after: Region | null): void {
    const before = this.region(id);
    if (!isSameRegion(before, after))
      this.#push({ op_id: uuid7(), kind, region_id: id, before, after, t: Date.now() });
  }

  /** Put a whole document in place of this one, as one step of undo. */
  commitDocument(kind: OperationKind, after: Document): void {
    this.#push({ op_id: uuid7(), kind, region_id: null, before: this.#document, after, t: Date.now() });
  }

  undo(): void {
    const operation = this.#log[this.#cursor - 1];
    if (!operation) return;
    this.#cursor -= 1;
    this.#document = applied(this.#document, operation, true);
    this.#tell({ how: "undo", operation });
  }

  redo(): void {
    const operation = this.#log[this.#cursor];
    if (!operation) return;
    this.#cursor += 1;
    this.#document = applied(this.#document, operation);
    this.#tell({ how: "redo", operation });
  }

  /** Take a merged document from outside; undo goes on working on the regions this log touched. */
  adopt(document: Document): void {
    this.#document = document;
    this.#tell({ how: "adopt", operation: null });
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #push(operation: Operation): void {
    const next = applied(this.#document, operation);
    if (!isWithinLimits(next) && isWithinLimits(this.#document))
      return this.#tell({ how: "refuse", operation });
    this.#log = [...this.#log.slice(0, this.#cursor), operation];
    this.#cursor = this.#log.length;
    this.#document = next;
    this.#tell({ how: "commit", operation });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
