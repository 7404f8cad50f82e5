/** A curator's map of a photo on the bench: it is no label of theirs, it settles the photo. */
import { ApiError, type Task } from "../../api";
import { t } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { tellNext } from "../notice";
import { settlePhoto, settlingTask } from "./calls";
import type { OpenBench } from "./openbench";

export class Settling {
  /** Whether the reason is being asked for. */
  isAsked = $state(false);
  isUnderWay = $state(false);
  /** Why it was not taken, in words. */
  refusal = $state("");
  #seen = 0;

  constructor(
    private readonly bench: OpenBench,
    /** Where the photo's page is. */
    readonly url: string,
  ) {}

  /** The map as it was left, or a new one. */
  async fetch(image: number): Promise<Task> {
    const task = await settlingTask(image);
    this.#seen = task.seen;
    return task;
  }

  ask(): void {
    this.refusal = "";
    this.isAsked = true;
  }

  /** Let the map and the vote hold, and go back to the photo. Another's decision meanwhile is told once. */
  async settle(reason: string): Promise<void> {
    const { task, ballot, autosave, journal } = this.bench;
    if (!task || !ballot.vote || this.isUnderWay) return;
    this.isUnderWay = true;
    this.refusal = "";
    const { image, annotation } = task;
    try {
      await autosave?.flush();
      const act_id = uuid7();
      const decision = {
        annotation: annotation.id,
        act_id,
        desirability: ballot.vote,
        reason,
        seen: this.#seen,
      };
      await settlePhoto(image.id, decision);
      autosave?.stop();
      this.bench.autosave = null;
      await journal?.forget(annotation.id).catch(() => {});
      const undo = {
        url: `/api/images/${image.id}/decision/${act_id}/undo/`,
        said: t("Taken back: the photo is as it was before you settled it."),
      };
      tellNext({ words: t("Settled. Everybody's own work stays as it is."), undo });
      location.assign(this.url);
    } catch (error) {
      if (error instanceof ApiError && error.code === "settled_meanwhile")
        await this.fetch(image.id).catch(() => {}); // before the words, which say that once more is enough
      this.refusal = this.bench.refusal(error);
      this.isUnderWay = false;
    }
  }
}
