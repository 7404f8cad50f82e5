/** An address that is asked again and again until what it tells of is over; ever more rarely while it is away. */
import { ApiError, poll } from "../../api";
import { t } from "../../model/language";

const POLL_MS = 2000;
const LONGEST_WAIT_MS = 30_000;

export class Follower<T> {
  /** What the address told last. */
  told = $state.raw<T | null>(null);
  /** Why nothing newer is known, in a sentence; empty while it answers. */
  trouble = $state("");
  #etag: string | null = null;
  #timer = 0;
  #wait = POLL_MS;

  constructor(
    readonly url: string,
    readonly isOver: (told: T) => boolean,
  ) {}

  /** Ask now, and again in a while. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const answer = await poll<T>(this.url, this.#etag);
      this.trouble = "";
      this.#wait = POLL_MS;
      if (answer) {
        this.#etag = answer.etag;
        this.told = answer.body;
      }
    } catch (error) {
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
      this.trouble =
        error instanceof ApiError && !error.isPassing
          ? error.detail
          : t("The server does not answer. The run goes on.");
    }
    if (!this.told || !this.isOver(this.told)) this.#timer = window.setTimeout(() => this.look(), this.#wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
