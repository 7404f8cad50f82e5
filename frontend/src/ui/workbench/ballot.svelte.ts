/** The vote on the photo that is on the bench: cast at once, and sent again with the submit where that failed. */

import type { Task } from "../../api";
import type { Autosave } from "../../editor/autosave";
import type { ActiveTime } from "../../model/activetime";
import type { Desirability, Document } from "../../model/annotation";
import { t } from "../../model/language";
import { hasBlur } from "../../model/raster";
import { InOrder } from "../inorder.svelte";
import { castVote } from "../vote/calls";

export class Ballot {
  vote = $state<Desirability | null>(null);
  #isSent = true;
  #task: Task | null = null;
  #autosave: Autosave | null = null;
  #time: ActiveTime | null = null;
  #sending = new InOrder();

  /** A vote that is not counted goes no farther than the journal. */
  constructor(private readonly isCounted: boolean) {}

  /** The ballot of another photo; `unsent` is the vote that an earlier visit could not send. */
  open(task: Task, autosave: Autosave, time: ActiveTime, unsent: Desirability | null): void {
    this.#task = task;
    this.#autosave = autosave;
    this.#time = time;
    this.#sending = new InOrder();
    this.vote = unsent ?? task.vote ?? null;
    this.#isSent = this.vote === (task.vote ?? null);
  }

  close(): void {
    this.#task = null;
    this.vote = null;
  }

  cast(vote: Desirability): void {
    this.vote = vote;
    this.#isSent = false;
    this.#autosave?.note(vote);
    this.send().catch(() => {}); // sent again with the submit
  }

  async send(): Promise<void> {
    const [task, vote, autosave] = [this.#task, this.vote, this.#autosave];
    if (!task || !vote || this.#isSent || !this.isCounted) return;
    const elapsed_ms = Math.round(this.#time?.total() ?? 0);
    const isDue = () => this.#task !== task || (this.vote === vote && !this.#isSent);
    await this.#sending.send(async () => {
      if (isDue()) await castVote(task.image.id, vote, elapsed_ms);
    });
    if (this.vote !== vote || this.#task !== task) return;
    this.#isSent = true;
    autosave?.note(null);
  }

  /** Why the photo cannot be submitted with this vote, in words, or null. */
  objectionTo(document: Document): string | null {
    const [task, vote] = [this.#task, this.vote];
    if (!task) return null;
    if (!vote) return t("Vote first: is the blur good, OK or bad, or is there none?");
    const blurred = hasBlur(document, task.image);
    if (vote === "none" && blurred)
      return t("You voted that there is no blur, but painted some. Change the vote or erase the blur.");
    if (vote !== "none" && !blurred)
      return t("You judged the blur, but painted none. Paint where it is, or vote that there is none.");
    return null;
  }
}
