/** The warm-up of the eye: when samples are shown before the photo on the bench. */
import type { Task } from "../../api";
import { Sitting } from "../../model/sitting";
import type { Session } from "./session.svelte";

export class WarmUp {
  isShown = $state(false);
  readonly #sitting: Sitting;

  constructor(private readonly session: Session) {
    this.#sitting = new Sitting(localStorage, `smartblur.sitting.${session.props.user.id}`);
  }

  worked(): void {
    this.#sitting.work();
  }

  handedIn(): void {
    this.#sitting.handIn();
  }

  /** Show the samples if it is time, nothing was done on this photo yet and nothing at all is unsaved. */
  async offer(task: Task): Promise<void> {
    const { session } = this;
    if (session.props.warm_up === "off" || session.settling || !this.#sitting.isDue()) return;
    const isAllSafe = ((await session.journal?.unsent()) ?? []).length === 0;
    const isUntouched =
      task.annotation.revision === 0 && !session.hasOperations && session.ballot.vote === null;
    this.isShown = isAllSafe && isUntouched && session.task === task && session.phase.is === "ready";
  }

  /** The eye is warm, or the person would go on without. */
  end(): void {
    if (!this.isShown) return;
    this.isShown = false;
    this.#sitting.warm();
    this.session.submission.offerReturn(); // the way back was covered
  }
}
