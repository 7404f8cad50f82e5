/** Handing a photo in: what is asked first, what is sent in which order, and the way back. */

import type { Image, Task } from "../../api";
import type { Desirability, Document } from "../../model/annotation";
import { t } from "../../model/language";
import { hasUnlabelled } from "../../model/raster";
import { type Feedback, submitAnnotation } from "./calls";
import { frameOf, type OpenBench } from "./openbench";
import type { Settling } from "./settling.svelte";
import type { WarmUp } from "./warmup.svelte";

const RETURN_MS = 6_000;
const FILL_REST = "smartblur.fill-rest";

/** A photo that left the bench. */
export interface Left {
  readonly image: Image;
  readonly isSkipped: boolean;
}

/** What a person answered to a test photo, and what the expert said. */
export interface Told {
  readonly image: Image;
  readonly document: Document;
  readonly vote: Desirability | null;
  readonly feedback: Feedback;
}

export class Submission {
  /** Whether the part without a level waits for an answer. */
  isRestInDoubt = $state(false);
  isUnderWay = $state(false);
  /** The photo that was asked to be handed in and was not, and what the server said against it. */
  #refused = $state.raw<{ image: number; words: string } | null>(null);
  /** The photo that was handed in or skipped last, for as long as the way back is offered. */
  left = $state.raw<Left | null>(null);
  /** What was said of the photo that was handed in last, if it was a test; until it is closed or the next is handed in. */
  told = $state.raw<Told | null>(null);
  #annotationBefore: number | null = null;
  #returnEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly bench: OpenBench,
    private readonly settling: Settling | null,
    private readonly warmUp: WarmUp,
  ) {}

  /** Why the photo on the bench was not handed in, until that is true no longer; "" where nothing stands against it. */
  get refusal(): string {
    const { task, ballot, document } = this.bench;
    if (!task || this.#refused?.image !== task.image.id) return "";
    return this.#refused.words || (ballot.objectionTo(document) ?? "");
  }

  /** Hand the photo in and open the next. Asks once what the part without a level is. */
  async submit(): Promise<void> {
    const { bench } = this;
    const { task, editor } = bench;
    if (!task || bench.phase.is !== "ready" || this.isUnderWay) return;
    editor.tool.finish();
    if (editor.tool.draft) return; // it cannot be closed, and has said why
    const objection = bench.ballot.objectionTo(bench.document);
    this.#refused = objection ? { image: task.image.id, words: "" } : null;
    if (objection) return bench.say(objection);
    if (hasUnlabelled(bench.document, task.image)) {
      if (localStorage.getItem(FILL_REST) !== "sharp") {
        this.isRestInDoubt = true;
        return;
      }
      editor.setBase(0);
    }
    await this.#handIn(task);
  }

  /** The answer to the doubt about the rest of the photo. */
  async settleRest(isSharp: boolean, always = false): Promise<void> {
    const { task, editor } = this.bench;
    this.isRestInDoubt = false;
    if (always) localStorage.setItem(FILL_REST, "sharp");
    if (isSharp) editor.setBase(0);
    if (task) await this.#handIn(task);
  }

  async #handIn(task: Task): Promise<void> {
    const { bench } = this;
    if (this.settling) return this.settling.ask();
    this.isUnderWay = true;
    bench.say(t("Submitting."));
    this.told = null;
    try {
      let revision: number | undefined;
      let feedback: Feedback | null;
      do {
        await bench.autosave?.flush(); // before the vote, which the server holds against the map
        await bench.ballot.send();
        await bench.notes.send();
        revision = bench.autosave?.revision;
        ({ feedback } = await submitAnnotation(task.annotation.id));
        if (feedback) break; // an answer is given once
      } while (bench.unsaved > 0 || bench.autosave?.revision !== revision); // edited meanwhile: that is handed in too
      const { document } = bench;
      bench.autosave?.stop();
      bench.autosave = null;
      if (task.annotation.state === "draft") bench.progress.done += 1;
      this.warmUp.handedIn();
      this.isUnderWay = false; // the next photo may be handed in as soon as it is there
      const vote = bench.ballot.vote;
      if (feedback) bench.film.gone(task.image.id);
      else bench.film.handedIn(frameOf(task));
      await bench.open(null, "push");
      await this.#forgetBefore(task.annotation.id);
      if (feedback) {
        this.told = { image: task.image, document, vote, feedback };
        return;
      }
      this.leave(task.image);
    } catch (error) {
      this.refuse(task, t("Not submitted. %(reason)s", { reason: bench.refusal(error) }));
    } finally {
      this.isUnderWay = false;
    }
  }

  /** Say by the button why the photo did not leave the bench. */
  refuse({ image }: Task, words: string): void {
    this.#refused = { image: image.id, words };
    this.bench.say(words);
  }

  /** Keep the undo of the photo that was handed in last, for who goes back to it, and of none before. */
  async #forgetBefore(annotation: number): Promise<void> {
    const before = this.#annotationBefore;
    this.#annotationBefore = annotation;
    if (before !== null && before !== annotation) await this.bench.journal?.forget(before).catch(() => {});
  }

  /** Say that this photo is handed in, or skipped, with the way back to it. */
  leave(image: Image, isSkipped = false): void {
    this.left = { image, isSkipped };
    this.offerReturn();
  }

  /** Offer the way back for a while; it does not pass while samples cover it. */
  offerReturn(): void {
    clearTimeout(this.#returnEnds);
    this.#returnEnds = setTimeout(() => {
      if (!this.warmUp.isShown) this.left = null;
    }, RETURN_MS);
  }

  /** Open the photo that was handed in last, however long ago; asked again there, the one before it. */
  async openLast(): Promise<void> {
    const image = this.bench.film.before(this.bench.task?.image.id);
    if (image === null) return this.bench.say(t("You have handed in no photo before this one."));
    await this.openAgain(image);
  }

  /** Open what came after an earlier photo, in the end what the person was at. */
  async openForth(): Promise<void> {
    const image = this.bench.film.after(this.bench.task?.image.id);
    if (image === null) return this.bench.say(t("The next photo comes when this one is handed in."));
    await this.openAgain(image === "queue" ? null : image);
  }

  /** Open a photo at hand; what is on the bench waits. */
  async openAgain(image: number | null): Promise<void> {
    this.left = null;
    await this.bench.open(image, "push");
  }

  /** Open the photo that was handed in last; the next edit takes it back. */
  async goBack(): Promise<void> {
    const image = this.left?.image;
    this.left = null;
    if (image) await this.bench.open(image.id, "push");
  }
}
