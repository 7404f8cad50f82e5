/** The next photo, leased, fetched and decoded while the person is at this one, so that it is there at once. */

import { photoBytes, type Task } from "../../api";
import { closePhoto, decodePhoto, type Photo } from "../../editor/photo";
import { nextTask, returnPhoto } from "./calls";

/** A photo that waits to be put on the bench. */
export interface Waiting {
  readonly task: Task;
  readonly photo: Photo;
}

interface Ahead {
  readonly after: number;
  readonly asked_at: number;
  readonly arrives: Promise<Waiting | null>;
  task: Task | null;
}

const FRESH_MS = 10 * 60_000; // a lease lasts 15 minutes

export class Lookahead {
  #ahead: Ahead | null = null;

  /** @param told what comes next, as soon as the queue has said so; null while that is not known. */
  constructor(
    private readonly project: number,
    private readonly told: (task: Task | null) => void = () => {},
  ) {}

  /** Fetch what comes after a photo, unless that is under way. */
  start(after: number): void {
    if (this.#ahead?.after === after) return;
    this.#forget();
    this.told(null);
    this.#ahead = { after, asked_at: Date.now(), arrives: this.#fetch(after), task: null };
  }

  async #fetch(after: number): Promise<Waiting | null> {
    try {
      const task = await nextTask(this.project, null, after);
      if (!task) return null;
      if (this.#ahead?.after === after) {
        this.#ahead.task = task;
        this.told(task);
      }
      const bytes = await photoBytes(task.image.id);
      return { task, photo: await decodePhoto(bytes) };
    } catch {
      return null; // it is asked for again, aloud, when its turn comes
    }
  }

  /** What comes after a photo, if it was fetched and its lease still holds; else null. */
  async take(after: number): Promise<Waiting | null> {
    const ahead = this.#ahead;
    this.#ahead = null;
    const waiting = (await ahead?.arrives) ?? null;
    if (!ahead || !waiting) return null;
    if (ahead.after === after && Date.now() - ahead.asked_at < FRESH_MS) return waiting;
    closePhoto(waiting.photo);
    return null;
  }

  /** The page is going: others may have the photo. */
  leave(): void {
    const task = this.#ahead?.task;
    if (task) returnPhoto(task.annotation.id).catch(() => {});
    this.#forget();
  }

  #forget(): void {
    this.#ahead?.arrives.then((waiting) => waiting && closePhoto(waiting.photo));
    this.#ahead = null;
  }
}
