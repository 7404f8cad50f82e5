/** A sitting of votes: the photo at hand, the ones behind it, what was cast last, and what could not be saved. */
import { ApiError, type Image, photoBytes } from "../../api";
import { closePhoto, decodePhoto, type Photo } from "../../editor/photo";
import type { Desirability } from "../../model/annotation";
import { t } from "../../model/language";
import { InOrder } from "../inorder.svelte";
import { castVote, unvoted, withdrawVote } from "./calls";

export interface Cast {
  readonly image: Image;
  readonly vote: Desirability;
}

/** What a poll needs of the server. */
export interface Booth {
  readonly unvoted: typeof unvoted;
  readonly castVote: typeof castVote;
  readonly withdrawVote: typeof withdrawVote;
  readonly photo: (image: Image) => Promise<Photo>;
}

const SERVER: Booth = {
  unvoted,
  castVote,
  withdrawVote,
  photo: async (image) => decodePhoto(await photoBytes(image.id)),
};

export class Poll {
  phase = $state<"loading" | "ready" | "empty" | "paused" | "failed">("loading");
  image = $state.raw<Image | null>(null);
  /** Decoded, as soon as it is there. */
  photo = $state.raw<Photo | null>(null);
  last = $state.raw<Cast | null>(null);
  voted = $state(0);
  waiting = $state(0);
  words = $state("");
  readonly sending = new InOrder();
  #queue: Image[] = [];
  #cast = new Set<number>();
  #photos = new Map<number, Promise<Photo>>();
  #shown_at = 0;

  constructor(
    private readonly project: number,
    voted: number,
    private readonly booth: Booth = SERVER,
  ) {
    this.voted = voted;
  }

  /** Show the next photo; what waits is asked for when none is left. */
  async next(): Promise<void> {
    this.photo = null;
    this.image = null;
    this.phase = "loading";
    try {
      if (this.#queue.length === 0) await this.#refill();
      const [image] = this.#queue;
      if (image) await this.#show(image);
      else this.phase = "empty";
    } catch (error) {
      this.phase = error instanceof ApiError && error.code === "feed_paused" ? "paused" : "failed";
      this.words = wordsOf(error);
    }
  }

  async #refill(): Promise<void> {
    await this.sending.answered(); // what is on its way is voted on
    const { count, results } = await this.booth.unvoted(this.project);
    this.waiting = count;
    this.#queue = results.filter(({ id }) => !this.#cast.has(id));
  }

  async #show(image: Image): Promise<void> {
    this.image = image;
    const [, ahead] = this.#queue;
    const photo = await this.#fetch(image);
    if (this.image !== image) return;
    this.photo = photo;
    this.phase = "ready";
    this.#shown_at = performance.now();
    if (ahead) this.#fetch(ahead).catch(() => {}); // it is asked for again, aloud, when its turn comes
    this.#forgetOthers([image, ahead]);
  }

  #fetch(image: Image): Promise<Photo> {
    const known = this.#photos.get(image.id);
    if (known) return known;
    const photo = this.booth.photo(image);
    this.#photos.set(image.id, photo);
    photo.catch(() => this.#photos.delete(image.id));
    return photo;
  }

  #forgetOthers(kept: readonly (Image | undefined)[]): void {
    for (const [id, photo] of this.#photos) {
      if (kept.some((image) => image?.id === id)) continue;
      this.#photos.delete(id);
      photo.then(closePhoto, () => {});
    }
  }

  /** Vote on the photo at hand and show the next; a vote that cannot be saved brings its photo back. */
  vote(vote: Desirability): Promise<void> {
    const { image } = this;
    if (!image || this.phase !== "ready") return Promise.resolve();
    const elapsed_ms = Math.round(performance.now() - this.#shown_at);
    this.#cast.add(image.id);
    this.#queue.shift();
    this.last = { image, vote };
    this.words = "";
    this.#count(1);
    this.sending
      .send(() => this.booth.castVote(image.id, vote, elapsed_ms, true))
      .catch((error) => this.#bringBack(image, t("The vote is not saved."), error));
    return this.next();
  }

  /** Take the last vote back and show its photo again. */
  undo(): Promise<void> {
    const { last } = this;
    if (!last) return Promise.resolve();
    this.sending
      .send(() => this.booth.withdrawVote(last.image.id))
      .catch((error) => {
        this.words = `${t("The vote is not taken back.")} ${wordsOf(error)}`;
      });
    this.words = "";
    return this.#return(last.image);
  }

  /** Leave the photo for later. */
  skip(): Promise<void> {
    const [image] = this.#queue;
    if (!image || this.phase !== "ready") return Promise.resolve();
    if (this.#queue.length === 1) this.words = t("No other photo waits.");
    this.#queue.push(this.#queue.shift() as Image);
    return this.next();
  }

  #bringBack(image: Image, words: string, error: unknown): void {
    if (!this.#cast.has(image.id)) return; // it was taken back meanwhile
    this.words = `${words} ${wordsOf(error)}`;
    this.#return(image);
  }

  #return(image: Image): Promise<void> {
    this.#cast.delete(image.id);
    this.last = null;
    this.#queue = [image, ...this.#queue.filter(({ id }) => id !== image.id)];
    this.#count(-1);
    return this.next();
  }

  #count(step: number): void {
    this.voted += step;
    this.waiting = Math.max(0, this.waiting - step);
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError))
    return error instanceof Error ? error.message : t("Something went wrong.");
  if (error.status === 0) return t("The server does not answer. Try again in a moment.");
  if (error.isSignedOut) return t("Your session has ended. Sign in again to go on.");
  return error.detail;
}
