/** One tab at a time works on a photo: tabs tell each other over a BroadcastChannel. */
import { uuid7 } from "../model/uuid7";

type Message = { readonly kind: "ask" | "held" | "taken"; readonly annotation: number; readonly tab: string };

const ANSWER_MS = 150;

export class TabLock {
  readonly #tab = uuid7();
  readonly #channel = new BroadcastChannel("smartblur-tabs");
  #annotation: number | null = null;
  #answered: (() => void) | null = null;

  /**
   * @param lost told when another tab takes the photo over, or says only late that it has it.
   * @param answer_ms how long other tabs have to say so before one begins.
   */
  constructor(
    lost: () => void,
    private readonly answer_ms: number = ANSWER_MS,
  ) {
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.tab === this.#tab || data.annotation !== this.#annotation) return;
      if (data.kind === "ask") this.#post("held");
      else if (data.kind === "held" && this.#answered) this.#answered();
      else {
        this.#annotation = null;
        lost();
      }
    };
  }

  /** Whether this tab has the photo. */
  holds(annotation: number): boolean {
    return this.#annotation === annotation;
  }

  /** Whether the photo is free; then it is held by this tab. */
  async claim(annotation: number): Promise<boolean> {
    this.#annotation = annotation;
    const isHeld = new Promise<boolean>((resolve) => {
      this.#answered = () => resolve(true);
      setTimeout(() => resolve(false), this.answer_ms);
    });
    this.#post("ask");
    const isFree = !(await isHeld);
    this.#answered = null;
    if (!isFree) this.#annotation = null;
    return isFree;
  }

  /** Take the photo over; the tab that had it stops. */
  take(annotation: number): void {
    this.#annotation = annotation;
    this.#post("taken");
  }

  release(): void {
    this.#annotation = null;
  }

  close(): void {
    this.#channel.close();
  }

  #post(kind: Message["kind"]): void {
    this.#channel.postMessage({
      kind,
      annotation: this.#annotation as number,
      tab: this.#tab,
    } satisfies Message);
  }
}
