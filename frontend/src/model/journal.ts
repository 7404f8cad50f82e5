/** What is not yet safe on the server, and the undo log, in IndexedDB: written in the tick of the edit, before the network.
 *
 * Two stores: `heads` holds one record per annotation, `operations` the log, keyed [annotation_id, position].
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Desirability, Document, Ring } from "./annotation";
import type { Operation } from "./store";

/** A save that was sent and has no answer yet; sent again with the same id, it is one revision. */
export interface PendingSave {
  readonly save_id: string;
  readonly base_revision: number;
  readonly document: Document;
  /** Whether the model's map was laid over the photo by then. */
  readonly saw_model: boolean;
}

/** What the author pinned on the photo, at 1/16 px. */
export interface Note {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A line that a tool has not finished: flat, 1/16 px. */
export interface Sketch {
  readonly tool: "polygon" | "split";
  readonly line: Ring;
}

export interface Head {
  readonly annotation_id: number;
  readonly image_id: number;
  readonly revision: number;
  /** The document at that revision. */
  readonly acknowledged: Document;
  readonly document: Document;
  readonly cursor: number;
  readonly pending: PendingSave | null;
  readonly unsaved: number;
  readonly active_ms: number;
  /** A vote that the server does not have yet. */
  readonly vote: Desirability | null;
  /** A line that was not finished. */
  readonly sketch: Sketch | null;
  /** All notes on the photo, where the server does not have them yet. */
  readonly notes?: readonly Note[] | null;
  readonly written_at: number;
}

interface Schema extends DBSchema {
  heads: { key: number; value: Head };
  operations: {
    key: [number, number];
    value: { annotation_id: number; position: number; operation: Operation };
  };
}

const KEPT_MS = 14 * 24 * 3600 * 1000;

export interface Entry {
  readonly head: Head;
  readonly log: readonly Operation[];
}

export class Journal {
  constructor(private readonly database: IDBPDatabase<Schema>) {}

  /** Write the head and the operations from `from` on, in one transaction; later ones of an older log are dropped. */
  async write(head: Head, log: readonly Operation[], from: number): Promise<void> {
    const transaction = this.database.transaction(["heads", "operations"], "readwrite");
    const operations = transaction.objectStore("operations");
    const { annotation_id } = head;
    transaction.objectStore("heads").put(head);
    operations.delete(IDBKeyRange.bound([annotation_id, from], [annotation_id, Infinity]));
    for (let position = from; position < log.length; position++) {
      operations.put({ annotation_id, position, operation: log[position] as Operation });
    }
    transaction.commit(); // without waiting for the answers: the page may be going
    await transaction.done;
  }

  /** What is kept of an annotation, or null. */
  async read(annotationId: number): Promise<Entry | null> {
    const transaction = this.database.transaction(["heads", "operations"]);
    const range = IDBKeyRange.bound([annotationId, 0], [annotationId, Infinity]);
    const [head, rows] = await Promise.all([
      transaction.objectStore("heads").get(annotationId),
      transaction.objectStore("operations").getAll(range),
    ]);
    return head ? { head, log: rows.map(({ operation }) => operation) } : null;
  }

  /** Heads with edits or notes that the server has not acknowledged, oldest first. */
  async unsent(): Promise<Head[]> {
    const heads = await this.database.getAll("heads");
    return heads.filter(isUnsent).sort((a, b) => a.written_at - b.written_at);
  }

  /** Drop an annotation whose work is submitted. */
  async forget(annotationId: number): Promise<void> {
    const transaction = this.database.transaction(["heads", "operations"], "readwrite");
    transaction.objectStore("heads").delete(annotationId);
    transaction
      .objectStore("operations")
      .delete(IDBKeyRange.bound([annotationId, 0], [annotationId, Infinity]));
    await transaction.done;
  }

  /** Drop what was acknowledged long ago. Unsent work stays for ever. */
  async sweep(now: number = Date.now()): Promise<void> {
    for (const head of await this.database.getAll("heads")) {
      if (!isUnsent(head) && now - head.written_at > KEPT_MS) await this.forget(head.annotation_id);
    }
  }

  close(): void {
    this.database.close();
  }
}

function isUnsent({ unsaved, notes }: Head): boolean {
  return unsaved > 0 || Boolean(notes);
}

/** The journal of one person: whoever signs in after them in this browser neither sees nor sends their work. */
export async function openJournal(user: number | string): Promise<Journal> {
  const database = await openDB<Schema>(`smartblur-journal-${user}`, 1, {
    upgrade(created) {
      created.createObjectStore("heads", { keyPath: "annotation_id" });
      created.createObjectStore("operations", { keyPath: ["annotation_id", "position"] });
    },
  });
  return new Journal(database);
}
