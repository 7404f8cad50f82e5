/** A curator's way through the disputes: one after the other, the next ones fetched ahead, the last ones taken back. */
import { ApiError, photoBytes } from "../../api";
import { parseDocument } from "../../model/annotation";
import { t } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { countsChanged } from "../changes";
import { decideDispute, disputeOf, undoDecision } from "./calls";
import { Choice, type UsualReason } from "./choice.svelte";
import { inOrderOf, Review, type ReviewProps } from "./review.svelte";

const AHEAD = 3; // photos that are fetched before they are asked for
const KEPT = 2; // photos behind that are kept to be shown again at once

export interface StreamProps {
  readonly levels: ReviewProps["levels"];
  /** The disputed photos in their order. */
  readonly ids: readonly number[];
  readonly reasons: readonly UsualReason[];
}

/** A dispute with its pictures and what is said of it. */
export interface Opened {
  readonly image: number;
  readonly review: Review;
  readonly choice: Choice;
  /** The revision of what holds for the photo, as far as the curator knows. */
  seen: number;
}

interface Decided {
  readonly opened: Opened;
  readonly act: string;
  readonly sent: Promise<void>;
}

export class Stream {
  opened = $state.raw<Opened | null>(null);
  /** The photos that come after the one that is shown. */
  coming = $state.raw<readonly number[]>([]);
  /** What was settled in this visit, the last one last. */
  decided = $state.raw<readonly Decided[]>([]);
  isWaiting = $state(true);
  trouble = $state("");
  /** What a key has done that does not show elsewhere. */
  said = $state("");
  readonly #ahead = new Map<number, Promise<Opened>>();
  /** Of those, the ones that are here: they are shown at once. */
  readonly #ready = new Map<number, Opened>();
  #colour = "";
  #turn = 0;

  constructor(readonly props: StreamProps) {
    this.coming = props.ids;
  }

  /** How many are left, with the one that is shown. */
  get left(): number {
    return this.coming.length + (this.opened ? 1 : 0);
  }

  /** Begin with the first; `colour` paints where people part. */
  start(colour: string): Promise<void> {
    this.#colour = colour;
    return this.#next();
  }

  /** Put the photo that is shown behind all others. */
  async later(): Promise<void> {
    const { opened } = this;
    if (!opened || this.coming.length === 0) return;
    this.#keep(opened);
    this.coming = [...this.coming, opened.image];
    await this.#next();
  }

  /** Show the next photo: the work on this one was sent back, so that it is no dispute for now. */
  async sentBack(): Promise<void> {
    if (!this.opened) return;
    this.said = t("Sent back. It comes again once it is redone and people still differ.");
    await this.#next();
  }

  /** Let what is chosen hold, and show the next photo meanwhile; what is refused comes back with the reason. */
  async settle(): Promise<void> {
    const { opened } = this;
    if (!opened) return;
    const { choice, image, seen } = opened;
    choice.refusal = choice.lack;
    if (choice.refusal) return;
    const act = uuid7();
    const decided = { opened, act, sent: decideDispute(image, choice.decision(act, seen)) };
    this.decided = [...this.decided, decided];
    this.decided.at(-1 - KEPT)?.opened.review.close();
    this.said = t("%(file)s is settled.", { file: choice.dispute.image.file_name });
    const [refusal] = await Promise.all([decided.sent.then(() => null, wordsOf), this.#next()]);
    if (refusal === null) return countsChanged();
    this.decided = this.decided.filter((each) => each !== decided);
    opened.seen = await disputeOf(image).then(
      (dispute) => dispute.seen,
      () => seen,
    );
    choice.refusal = refusal;
    this.#bringBack(opened);
  }

  /** Take the last decision back: the photo is shown again as it was. */
  async undo(): Promise<void> {
    const last = this.decided.at(-1);
    if (!last) return;
    this.decided = this.decided.slice(0, -1);
    const { opened, act } = last;
    try {
      await last.sent;
      opened.seen = await undoDecision(opened.image, act);
      countsChanged();
      opened.choice.refusal = "";
      this.said = t("%(file)s is open again.", { file: opened.choice.dispute.image.file_name });
      this.#bringBack(opened);
    } catch (error) {
      this.said = wordsOf(error);
    }
  }

  /** Show a photo again, before the one that is shown now. */
  async #bringBack(opened: Opened): Promise<void> {
    const { opened: shown } = this;
    if (shown === opened) return;
    if (shown) {
      this.#keep(shown);
      this.coming = [shown.image, ...this.coming];
    }
    if (opened.review.photo) this.#keep(opened);
    else this.#fetched(opened.image, opened);
    this.coming = [opened.image, ...this.coming];
    await this.#next();
  }

  #keep(opened: Opened): void {
    this.#ready.set(opened.image, opened);
  }

  /** Show the first of those that come, and fetch the ones after it. */
  async #next(): Promise<void> {
    const turn = ++this.#turn;
    const [image] = this.coming;
    this.trouble = "";
    const ready = image === undefined ? undefined : this.#ready.get(image);
    if (ready) return this.#show(ready);
    this.opened = null;
    this.isWaiting = image !== undefined;
    if (image === undefined) return;
    try {
      const opened = await this.#fetched(image);
      if (turn === this.#turn) this.#show(opened);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.isWaiting = false;
      this.trouble = wordsOf(error);
    }
  }

  /** Show the first of those that come. */
  #show(opened: Opened): void {
    this.#ready.delete(opened.image);
    this.coming = this.coming.slice(1);
    this.opened = opened;
    this.isWaiting = false;
    this.#fetchAhead(this.#turn);
  }

  /** Fetch the next ones, the first of them first: it is wanted soonest. */
  async #fetchAhead(turn: number): Promise<void> {
    for (const next of this.coming.slice(0, AHEAD)) {
      if (turn !== this.#turn) return; // another photo is shown, and fetches ahead by itself
      await this.#fetched(next).catch(() => {}); // it is told when it is due
    }
  }

  /** Try the photo that could not be opened once more. */
  retry(): Promise<void> {
    return this.#next();
  }

  /** Leave the photo that could not be opened out. */
  leaveOut(): Promise<void> {
    this.coming = this.coming.slice(1);
    return this.#next();
  }

  /** A photo that is here, on its way, or sent for now. */
  #fetched(image: number, before: Opened | null = null): Promise<Opened> {
    const ready = this.#ready.get(image);
    if (ready) return Promise.resolve(ready);
    const known = this.#ahead.get(image);
    if (known) return known;
    const asked = this.#open(image, before).then((opened) => {
      this.#ready.set(image, opened);
      return opened;
    });
    this.#ahead.set(image, asked);
    const forget = () => this.#ahead.delete(image);
    asked.then(forget, forget);
    return asked;
  }

  /** Fetch a photo and what people say of it; `before` is what was said of it in this visit. */
  async #open(image: number, before: Opened | null = null): Promise<Opened> {
    const { levels, reasons } = this.props;
    const [dispute, bytes] = await Promise.all([disputeOf(image), photoBytes(image)]);
    const review = new Review({ image: dispute.image, levels, people: dispute.people });
    const parsed = dispute.people.map(({ document }) => parseDocument(document, levels.length));
    review.merged = parseDocument(dispute.merged, levels.length);
    review.differences = inOrderOf(dispute.people, {
      annotations: dispute.people.map(({ annotation }) => annotation),
      differences: dispute.differences,
    });
    await review.show(bytes, parsed, this.#colour);
    return { image, review, choice: before?.choice ?? new Choice(dispute, reasons), seen: dispute.seen };
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  return error instanceof Error ? error.message : t("The photo could not be opened.");
}
