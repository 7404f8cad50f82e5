/** Keeps the work safe: every edit goes to the journal at once and, as a whole document, to the server soon after.
 *
 * One save is under way at a time. It keeps its save_id until it has an answer, across reloads, so a save whose answer was
 * lost is still one revision.
 */
import { type Annotation, ApiError, type Draft, saveDraft, saveNotes } from "../api";
import type { ActiveTime } from "../model/activetime";
import { type Desirability, type Document, MAX_LEVELS, parseDocument } from "../model/annotation";
import type { Head, Journal, Note, PendingSave, Sketch } from "../model/journal";
import { t } from "../model/language";
import { type Choice, type Conflict, rebase, settled } from "../model/rebase";
import type { Change, Store } from "../model/store";
import { uuid7 } from "../model/uuid7";

const SETTLED_MS = 1_500;
const LONGEST_MS = 5_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const KEEPALIVE_LIMIT = 60_000; // browsers refuse a larger body once the page is going

export type SaveState =
  | { readonly is: "saved" }
  | { readonly is: "saving" }
  | { readonly is: "offline" }
  | { readonly is: "signed-out" }
  | { readonly is: "conflict"; readonly conflicts: readonly Conflict[] }
  | { readonly is: "refused"; readonly detail: string };

const NEWER_KIND = t(
  "Elsewhere this photo was labelled in a newer kind than this page knows. Reload the page; your edits are kept here.",
);

type Send = (annotation: number, draft: Draft, keepalive?: boolean) => Promise<{ revision: number }>;

export interface Start {
  readonly annotation: Annotation;
  readonly store: Store;
  readonly journal: Journal | null;
  readonly time: ActiveTime;
  /** What the journal kept of an earlier visit. */
  readonly head: Head | null;
  /** Whether the model's map was laid over the photo. */
  readonly sawModel?: () => boolean;
}

export class Autosave {
  state: SaveState = { is: "saved" };
  /** Edits that the server has not acknowledged. */
  unsaved: number;
  /** A vote that the server does not have yet. */
  #vote: Desirability | null;
  #sketch: Sketch | null;
  #notes: readonly Note[] | null;

  readonly #start: Start;
  #revision: number;
  #acknowledged: Document;
  #pending: PendingSave | null;
  #journalled: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstUnsavedAt: number | null = null;
  #failures = 0;
  #pendingEdits = 0;
  /** Their newer revision, and it with my edits on top, until a choice is made. */
  #merged: { readonly newer: Annotation; readonly document: Document } | null = null;
  #inFlight: Promise<void> | null = null;
  readonly #unsubscribe: () => void;

  constructor(
    start: Start,
    private readonly changed: () => void,
    private readonly send: Send = saveDraft,
  ) {
    const { annotation, head, store } = start;
    this.#start = start;
    const unsent = head && head.unsaved > 0 ? head : null;
    this.#revision = unsent?.revision ?? annotation.revision;
    this.#acknowledged = unsent?.acknowledged ?? annotation.document;
    this.#pending = unsent?.pending ?? null;
    this.unsaved = unsent?.unsaved ?? 0;
    this.#sketch = head?.sketch ?? null;
    this.#vote = head?.vote ?? null;
    this.#notes = head?.notes ?? null;
    this.#journalled = store.log.length;
    this.#unsubscribe = store.subscribe((change) => this.#edited(change));
    if (this.unsaved > 0) this.#schedule(0);
  }

  get revision(): number {
    return this.#revision;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  /** Write the vote down, or that the server has it. */
  note(vote: Desirability | null): void {
    this.#vote = vote;
    this.#write();
  }

  /** Write down the notes that the server does not have yet, or that it has them. */
  jot(notes: readonly Note[] | null): void {
    this.#notes = notes;
    this.#write();
  }

  /** Write down a line that is not finished, or that there is none. */
  keep(sketch: Sketch | null): void {
    if (sketch === this.#sketch) return;
    this.#sketch = sketch;
    this.#write();
  }

  #edited({ how }: Change): void {
    if (how === "refuse") return;
    const { log, cursor } = this.#start.store;
    if (how === "commit") this.#journalled = Math.min(this.#journalled, cursor - 1);
    this.unsaved += how === "adopt" ? 0 : 1;
    this.#write();
    this.#journalled = log.length;
    if (this.state.is !== "conflict") this.#schedule(SETTLED_MS);
    this.changed();
  }

  #write(): void {
    const { annotation, journal, store, time } = this.#start;
    const head: Head = {
      annotation_id: annotation.id,
      image_id: annotation.image,
      revision: this.#revision,
      acknowledged: this.#acknowledged,
      document: store.document,
      cursor: store.cursor,
      pending: this.#pending,
      unsaved: this.unsaved,
      active_ms: time.total(),
      vote: this.#vote,
      sketch: this.#sketch,
      notes: this.#notes,
      written_at: Date.now(),
    };
    journal?.write(head, store.log, this.#journalled).catch(() => {});
  }

  #schedule(wait: number): void {
    const now = Date.now();
    this.#firstUnsavedAt ??= now;
    const latest = Math.max(0, this.#firstUnsavedAt + LONGEST_MS - now);
    this.#wake(Math.min(wait, latest));
  }

  #wake(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#saveOnce().catch(() => {}), wait);
  }

  /** Save what is unsaved now. Resolves when the server has all of it; rejects with the reason where it does not. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.unsaved > 0 || this.#pending) await this.#saveOnce();
  }

  #saveOnce(): Promise<void> {
    this.#inFlight ??= this.#save().finally(() => {
      this.#inFlight = null;
    });
    return this.#inFlight;
  }

  async #save(): Promise<void> {
    if (this.state.is === "conflict") throw new Error("Choose between the two versions first.");
    const { annotation, time } = this.#start;
    const pending = this.#prepared();
    if (this.#failures === 0) this.#become({ is: "saving" });
    try {
      const { revision } = await this.send(annotation.id, {
        ...pending,
        active_ms: Math.round(time.total()),
      });
      this.#acknowledge(revision, pending.document);
    } catch (error) {
      this.#failed(error instanceof ApiError ? error : new ApiError(0, "offline", String(error)));
    }
  }

  /** The save that waits for an answer, or a new one of the document as it is now; in the journal before it is sent. */
  #prepared(): PendingSave {
    if (!this.#pending) {
      this.#pending = {
        save_id: uuid7(),
        base_revision: this.#revision,
        document: this.#start.store.document,
        saw_model: this.#start.sawModel?.() ?? false,
      };
      this.#pendingEdits = this.unsaved;
      this.#firstUnsavedAt = null;
      this.#write();
    }
    return this.#pending;
  }

  #acknowledge(revision: number, document: Document): void {
    const isAll = this.#start.store.document === document || this.unsaved === this.#pendingEdits;
    this.#revision = revision;
    this.#acknowledged = document;
    this.#pending = null;
    this.#failures = 0;
    this.unsaved = isAll ? 0 : Math.max(1, this.unsaved - this.#pendingEdits);
    this.#write();
    this.#become({ is: isAll ? "saved" : "saving" });
    if (!isAll) this.#schedule(SETTLED_MS);
  }

  /** @throws ApiError where trying again at once is of no use. */
  #failed(error: ApiError): void {
    if (error.status === 409 && isStale(error.body)) {
      if (isReadable(error.body.annotation)) return this.#merge(error.body.annotation);
      this.#become({ is: "refused", detail: NEWER_KIND });
    } else if (error.isSignedOut) this.#become({ is: "signed-out" });
    else if (error.isPassing) this.#retryLater();
    else {
      this.#pending = null; // the server will never take this one; the next edit makes another
      this.#become({ is: "refused", detail: error.detail });
    }
    throw error;
  }

  #retryLater(): void {
    this.#become({ is: "offline" });
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] as number;
    this.#failures += 1;
    this.#wake(wait * (0.8 + 0.4 * Math.random()));
  }

  /** Somebody saved first: take theirs and put my edits on top; ask where both changed one region or the rest.
   *
   * Until the answer the journal says what it said before, so that after a reload it is asked again.
   */
  #merge(newer: Annotation): void {
    const { document, conflicts } = rebase(this.#acknowledged, this.#start.store.document, newer.document);
    if (conflicts.length === 0) return this.#take(newer, document);
    this.#merged = { newer, document };
    this.#become({ is: "conflict", conflicts });
  }

  #take(newer: Annotation, document: Document): void {
    this.#revision = newer.revision;
    this.#acknowledged = newer.document;
    this.#pending = null;
    this.#merged = null;
    this.#become({ is: "saving" });
    this.#start.store.adopt(document);
    this.#schedule(0);
  }

  /** End a conflict: a choice for each region that both sides changed, and for the rest of the photo (null). */
  resolve(choices: ReadonlyMap<string | null, Choice>): void {
    if (this.state.is !== "conflict" || !this.#merged) return;
    const document = this.state.conflicts.reduce(
      (merged, conflict) => settled(merged, conflict, choices.get(conflict.region_id) ?? "both"),
      this.#merged.document,
    );
    this.#take(this.#merged.newer, document);
  }

  /** Try again now: the network is back, or the person has signed in. */
  retry(): void {
    if (this.unsaved === 0 && !this.#pending) return;
    this.#failures = 0;
    this.flush().catch(() => {});
  }

  /** The page is going: a last save that outlives it, if it is small enough. The journal has it all in any case. */
  leave(): void {
    if ((this.unsaved === 0 && !this.#pending) || this.state.is === "conflict") return;
    const draft = { ...this.#prepared(), active_ms: Math.round(this.#start.time.total()) };
    if (JSON.stringify(draft).length > KEEPALIVE_LIMIT) return;
    this.send(this.#start.annotation.id, draft, true).catch(() => {});
  }

  #become(state: SaveState): void {
    this.state = state;
    this.changed();
  }
}

/** Whether this page knows the kind of document that it is, whatever the project's levels. */
function isReadable({ document }: Annotation): boolean {
  try {
    return Boolean(parseDocument(document, MAX_LEVELS));
  } catch {
    return false;
  }
}

function isStale(body: unknown): body is { annotation: Annotation } {
  return typeof body === "object" && body !== null && "annotation" in body;
}

/** Send what earlier visits to other photos left unsent. What cannot be sent stays in the journal. */
export async function drainJournal(
  journal: Journal,
  except: number,
  send: Send = saveDraft,
  sendNotes: typeof saveNotes = saveNotes,
): Promise<number> {
  let drained = 0;
  for (let head of await journal.unsent()) {
    if (head.annotation_id === except) continue;
    try {
      if (head.notes) {
        await sendNotes(head.annotation_id, head.notes);
        head = { ...head, notes: null };
        const log = (await journal.read(head.annotation_id))?.log ?? [];
        await journal.write(head, log, log.length);
      }
    } catch (error) {
      if (error instanceof ApiError && error.isPassing) break;
    }
    if (head.unsaved === 0) continue;
    const pending = head.pending ?? {
      save_id: uuid7(),
      base_revision: head.revision,
      document: head.document,
      saw_model: false,
    };
    try {
      const { revision } = await send(head.annotation_id, {
        ...pending,
        active_ms: Math.round(head.active_ms),
      });
      const isAll = JSON.stringify(pending.document) === JSON.stringify(head.document);
      const entry = await journal.read(head.annotation_id);
      const rest = {
        revision,
        acknowledged: pending.document,
        pending: null,
        unsaved: isAll ? 0 : head.unsaved,
      };
      await journal.write({ ...head, ...rest }, entry?.log ?? [], entry?.log.length ?? 0);
      drained += 1;
    } catch (error) {
      if (error instanceof ApiError && error.isPassing) break;
    }
  }
  return drained;
}
