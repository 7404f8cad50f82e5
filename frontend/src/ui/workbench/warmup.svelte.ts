/** The warm-up of the eye: when samples are shown before the photo on the bench. */
import type { Task } from "../../api";
import { Sitting } from "../../model/sitting";
import type { OpenBench } from "./openbench";

export class WarmUp {
  isShown = $state(false);
  readonly #sitting: Sitting;

  constructor(
    private readonly bench: OpenBench,
    private readonly ended: () => void,
  ) {
    this.#sitting = new Sitting(localStorage, `smartblur.sitting.${bench.props.user.id}`);
  }

  worked(): void {
    this.#sitting.work();
  }

  handedIn(): void {
    this.#sitting.handIn();
  }

  /** Show the samples if it is time, nothing was done on this photo yet and nothing at all is unsaved. */
  async offer(task: Task): Promise<void> {
    const { bench } = this;
    const { warm_up, review_url } = bench.props;
    if (warm_up === "off" || review_url !== undefined || !this.#sitting.isDue()) return;
    const isAllSafe = ((await bench.journal?.unsent()) ?? []).length === 0;
    const isUntouched = task.annotation.revision === 0 && !bench.hasOperations && bench.ballot.vote === null;
    this.isShown = isAllSafe && isUntouched && bench.task === task && bench.phase.is === "ready";
  }

  /** The eye is warm, or the person would go on without. */
  end(): void {
    if (!this.isShown) return;
    this.isShown = false;
    this.#sitting.warm();
    this.ended();
  }
}
