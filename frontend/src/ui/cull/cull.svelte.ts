/** A shoot being culled: where one is, what is kept, and what the server is told of it. */
import { ApiError } from "../../api";
import { t } from "../../model/language";
import { InOrder } from "../inorder.svelte";
import { type Decided, type Decision, putDecisions } from "./calls";

export interface Photo {
  readonly number: number;
  readonly file_name: string;
  readonly thumbnail_url: string;
  readonly photo_url: string;
  readonly stars: number;
  readonly reason: string;
  readonly decision: Decision;
}

export interface CullProps {
  readonly decisions_url: string;
  /** The best of each burst first. */
  readonly bursts: readonly (readonly Photo[])[];
}

export class Cull {
  readonly photos: readonly Photo[];
  readonly #burstOf: readonly number[];
  /** As they are shown. */
  readonly decisions: Record<number, Decision>;
  /** As the server has them. */
  readonly #saved: Record<number, Decision>;
  readonly sending = new InOrder();
  at = $state(0);
  error = $state("");

  constructor(readonly props: CullProps) {
    this.photos = props.bursts.flat();
    this.#burstOf = props.bursts.flatMap((burst, index) => burst.map(() => index));
    this.#saved = Object.fromEntries(this.photos.map(({ number, decision }) => [number, decision]));
    this.decisions = $state({ ...this.#saved });
  }

  get photo(): Photo | undefined {
    return this.photos[this.at];
  }

  get burst(): readonly Photo[] {
    return this.props.bursts[this.#burstOf[this.at] ?? 0] ?? [];
  }

  /** What the photo is held against: the best of its burst, or what comes after it if it is that. */
  get rival(): Photo | undefined {
    return this.burst[0] === this.photo ? this.burst[1] : this.burst[0];
  }

  get counts(): Record<Exclude<Decision, "">, number> {
    const count = (which: Decision) => Object.values(this.decisions).filter((each) => each === which).length;
    return { keep: count("keep"), reject: count("reject") };
  }

  step(by: number): void {
    this.at = Math.min(Math.max(this.at + by, 0), Math.max(this.photos.length - 1, 0));
  }

  /** To the first photo of the burst before or after. */
  stepBurst(by: number): void {
    const index = Math.min(Math.max((this.#burstOf[this.at] ?? 0) + by, 0), this.props.bursts.length - 1);
    this.at = Math.max(this.#burstOf.indexOf(index), 0);
  }

  /** Decide on the photo and go on to the next. */
  async decide(decision: Decision): Promise<void> {
    const photo = this.photo;
    if (!photo) return;
    this.step(1);
    await this.#put([{ number: photo.number, decision }]);
  }

  /** Keep the best of the burst, reject its others, and go on to the next burst. */
  async keepBest(): Promise<void> {
    const decided = this.burst.map(
      ({ number }, place): Decided => ({ number, decision: place === 0 ? "keep" : "reject" }),
    );
    this.stepBurst(1);
    await this.#put(decided);
  }

  /** Show it at once; if it is refused, what the server has, and why. */
  async #put(photos: readonly Decided[]): Promise<void> {
    for (const { number, decision } of photos) this.decisions[number] = decision;
    try {
      await this.sending.send(() => putDecisions(this.props.decisions_url, photos));
      for (const { number, decision } of photos) this.#saved[number] = decision;
      this.error = "";
    } catch (error) {
      this.error = error instanceof ApiError ? error.detail : t("Something went wrong.");
    }
    if (this.sending.waiting === 0) Object.assign(this.decisions, this.#saved);
  }
}
