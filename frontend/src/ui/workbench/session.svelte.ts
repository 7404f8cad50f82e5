/** A sitting at the workbench: which photo is open, whether it is safe, how it was voted, and what comes next. */
import {
  ApiError,
  castVote,
  type Image,
  nextTask,
  type Project,
  photoBytes,
  skipAnnotation,
  submitAnnotation,
  type Task,
} from "../../api";
import { Autosave, drainJournal, type SaveState } from "../../editor/autosave";
import type { Editor } from "../../editor/editor";
import { closePhoto, decodePhoto, type Photo } from "../../editor/photo";
import type { Pen } from "../../editor/pointers";
import type { Keys } from "../../editor/shortcuts";
import { TabLock } from "../../editor/tablock";
import { ActiveTime } from "../../model/activetime";
import {
  type Desirability,
  type Document,
  EMPTY,
  InvalidDocument,
  parseDocument,
} from "../../model/annotation";
import { type Journal, openJournal } from "../../model/journal";
import { t } from "../../model/language";
import { hasBlur, hasUnlabelled } from "../../model/raster";
import { Store } from "../../model/store";
import { Lookahead } from "./lookahead";
import { NoteBook } from "./notebook.svelte";

export interface WorkbenchProps {
  readonly project: Project;
  readonly user: { readonly id: number; readonly name: string };
  readonly image: number | null;
  readonly progress?: { readonly done: number; readonly total: number };
  /** The keys that the person moved. */
  readonly keys: Keys;
  /** Whether fingers only move the photo: once a pen was seen, always, never. */
  readonly pen: Pen;
  readonly guide_url: string;
  readonly home_url: string;
  readonly sign_in_url: string;
}

export type Phase =
  | { readonly is: "loading" }
  | { readonly is: "ready" }
  | { readonly is: "empty" }
  | { readonly is: "elsewhere" }
  | { readonly is: "failed"; readonly words: string };

/** What must be settled before a photo is submitted. */
export type Doubt = "rest" | null;

const SAID_MS = 7_000;
const RETURN_MS = 6_000;
const PUT_AWAY_MS = 2_000;
const FILL_REST = "smartblur.fill-rest";

export class Session {
  phase = $state.raw<Phase>({ is: "loading" });
  task = $state.raw<Task | null>(null);
  vote = $state<Desirability | null>(null);
  document = $state.raw<Document>(EMPTY);
  doubt = $state<Doubt>(null);
  isSubmitting = $state(false);
  /** Whether the server has asked who this is, elsewhere than in answer to a save. */
  isSignedOut = $state(false);
  words = $state("");
  /** The photo that was handed in last, for as long as the way back is offered. */
  handedIn = $state.raw<Image | null>(null);
  progress = $state({ done: 0, total: 0 });
  /** Steps with every change of the editor or of the save state, so that what reads them is read again. */
  #tick = $state(0);

  autosave: Autosave | null = null;
  time = new ActiveTime();
  #store = new Store(EMPTY);
  #journal: Journal | null = null;
  #isVoteSent = true;
  #turn = 0;
  #wanted: number | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  readonly #lock: TabLock;
  readonly #lookahead: Lookahead;
  #shown_at = 0;
  #handedInBefore: number | null = null;
  readonly notes: NoteBook;

  constructor(
    readonly props: WorkbenchProps,
    readonly editor: Editor,
  ) {
    this.progress = { ...(props.progress ?? { done: 0, total: 0 }) };
    this.#lock = new TabLock(() => this.#lost());
    this.#lookahead = new Lookahead(props.project.id);
    this.notes = new NoteBook(
      editor,
      (words) => this.say(words),
      (error) => this.#refusal(error),
    );
    editor.subscribe(() => {
      this.#tick += 1;
      if (editor.words) this.say(editor.words);
      editor.words = "";
      this.document = editor.store.document;
      this.autosave?.keep(editor.guides.sketch);
    });
  }

  /** Something of the editor, read again whenever it changes. */
  see<T>(read: (editor: Editor) => T): T {
    this.#tick;
    return read(this.editor);
  }

  /** How safe the work is. */
  get saving(): SaveState | null {
    this.#tick;
    return this.autosave?.state ?? null;
  }

  /** Edits that are on this computer only. */
  get unsaved(): number {
    this.#tick;
    return this.autosave?.unsaved ?? 0;
  }

  async start(): Promise<void> {
    this.#journal = await openJournal(this.props.user.id).catch(() => null);
    await this.#journal?.sweep().catch(() => {});
    await this.open(this.props.image, "replace");
  }

  stop(): void {
    this.part();
    this.autosave?.stop();
    clearTimeout(this.#silence);
    this.#lock.close();
    this.editor.close();
  }

  /** Put a photo on the bench: the chosen one, or what the queue gives. */
  async open(image: number | null, address: "push" | "replace" | "keep"): Promise<void> {
    const turn = ++this.#turn;
    const isOver = () => turn !== this.#turn; // a later call has taken the bench
    this.#wanted = image;
    this.phase = { is: "loading" };
    this.doubt = null;
    const before = this.task?.image.id ?? 0;
    const asked = performance.now();
    await this.#putAway();
    try {
      const waiting = image === null ? await this.#lookahead.take(before) : null;
      const task = waiting?.task ?? (await nextTask(this.props.project.id, image));
      if (isOver()) return waiting ? closePhoto(waiting.photo) : undefined;
      this.task = task;
      if (!task) {
        this.vote = null;
        this.document = EMPTY;
        this.phase = { is: "empty" };
        return;
      }
      this.#wanted = task.image.id;
      if (address !== "keep")
        history[`${address}State`]({ image: task.image.id }, "", `?image=${task.image.id}`);
      const isFree = this.#lock.claim(task.annotation.id);
      if (waiting || (await isFree)) await this.#show(task, isOver, waiting?.photo);
      if (!isOver() && !(await isFree)) this.#lost();
      if (isOver() || (this.phase as Phase).is !== "ready") return;
      performance.measure(waiting ? "photo-from-ahead" : "photo-from-server", {
        start: asked,
        end: this.#shown_at,
      });
      if (waiting) nextTask(this.props.project.id, task.image.id).catch(() => {}); // its lease begins anew
      this.#lookahead.start(task.image.id);
    } catch (error) {
      if (!isOver()) this.phase = { is: "failed", words: wordsOf(error) };
    }
  }

  /** Open once more what could not be opened. */
  reopen(): Promise<void> {
    return this.open(this.#wanted, this.#wanted === null ? "push" : "keep");
  }

  /** Save what is open and take it off the bench; what cannot be saved soon stays in the journal, to be drained. */
  async #putAway(): Promise<void> {
    const { autosave } = this;
    this.autosave = null;
    this.#lock.release();
    if (!autosave) return;
    const soon = new Promise((resolve) => setTimeout(resolve, PUT_AWAY_MS));
    await Promise.race([autosave.flush().catch(() => {}), soon]);
    autosave.stop();
  }

  /** Go on here with a photo that another tab holds; that tab stops. */
  async takeOver(): Promise<void> {
    if (!this.task) return;
    this.#lock.take(this.task.annotation.id);
    await new Promise((resolve) => setTimeout(resolve, 300)); // the other tab saves what it has
    this.#lock.release();
    await this.open(this.task.image.id, "keep");
  }

  #lost(): void {
    this.autosave?.leave();
    this.autosave?.stop();
    this.phase = { is: "elsewhere" };
  }

  async #show(task: Task, isOver: () => boolean, fetched?: Photo): Promise<void> {
    const levelCount = this.props.project.levels.length;
    parseDocument(task.annotation.document, levelCount);
    const photo = fetched ?? (await decodePhoto(await photoBytes(task.image.id), task.image.orientation));
    const entry = (await this.#journal?.read(task.annotation.id).catch(() => null)) ?? null;
    if (isOver()) return closePhoto(photo);
    const head = entry?.head ?? null;
    const isKept = head !== null && (head.unsaved > 0 || head.revision === task.annotation.revision);
    this.#store = new Store(
      head && head.unsaved > 0 ? head.document : task.annotation.document,
      isKept ? entry?.log : [],
      isKept ? head.cursor : 0,
    );
    this.time = new ActiveTime(Math.max(head?.active_ms ?? 0, task.annotation.active_ms));
    this.vote = head?.vote ?? task.vote ?? null;
    this.#isVoteSent = this.vote === (task.vote ?? null);
    const old = this.editor.photo;
    const model = readable(task.prediction?.document ?? null, levelCount);
    this.editor.open(photo, this.#store, model, isKept ? head.sketch : null);
    if (old) closePhoto(old);
    const start = {
      annotation: task.annotation,
      store: this.#store,
      journal: this.#journal,
      time: this.time,
      head,
    };
    this.autosave = new Autosave(start, () => {
      this.#tick += 1;
    });
    this.autosave.vote = head?.vote ?? null;
    this.notes.open(task.annotation, this.autosave, head?.notes ?? null);
    this.phase = { is: "ready" };
    this.#shown_at = performance.now();
    if (this.#journal) drainJournal(this.#journal, task.annotation.id).catch(() => {});
    this.say(
      head && head.unsaved > 0
        ? t("Your unsent edits of last time are back.")
        : t("Opened %(file)s.", { file: task.image.file_name }),
    );
  }

  /** What an error means, in words; where the session has ended the dialog is opened too. */
  #refusal(error: unknown): string {
    this.isSignedOut ||= error instanceof ApiError && error.isSignedOut;
    return wordsOf(error);
  }

  /** Go on where the end of the session came between. */
  signedIn(): void {
    this.isSignedOut = false;
    this.retry();
    if (this.phase.is === "failed") this.open(this.task?.image.id ?? this.props.image, "keep");
  }

  /** Send again what could not be sent. */
  retry(): void {
    this.autosave?.retry();
    this.notes.retry();
  }

  /** The page is going or is put away for a while. */
  leave(): void {
    this.autosave?.leave();
  }

  /** The page is gone: others may have the photo that was fetched ahead. */
  part(): void {
    this.autosave?.leave();
    this.#lookahead.leave();
  }

  worked(): void {
    this.time.touch();
  }

  /** Put a sentence on the status line for a while. */
  say(words: string): void {
    this.words = words;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.words = "";
    }, SAID_MS);
  }

  /** What is on the bench, in words. */
  get description(): string {
    const selected = this.see((editor) => editor.selected);
    const { regions } = this.document;
    if (!this.task) return "";
    if (!selected)
      return `${this.task.image.file_name}, ${regions.length === 1 ? "1 region" : `${regions.length} regions`}`;
    const corners = selected.rings.reduce((sum, ring) => sum + ring.length / 2, 0);
    const number = regions.findIndex(({ id }) => id === selected.id) + 1;
    const chosen = this.see((editor) => editor.selectedCorners.length);
    return `Region ${number} of ${regions.length}, level ${selected.level}, ${corners} corners${chosen > 1 ? `, ${chosen} chosen` : ""}`;
  }

  // Voting and submitting -----------------------------------------------------------------------------------------------

  /** Say what the blur does to the photo. "No blur" on an untouched photo labels all of it sharp. */
  setVote(vote: Desirability): void {
    if (!this.task || this.phase.is !== "ready") return;
    this.vote = vote;
    this.#isVoteSent = false;
    this.autosave?.note(vote);
    const { document } = this.#store;
    if (vote === "none" && document.base === null && document.regions.length === 0) {
      this.editor.setBase(0);
      this.say(t("No blur: the whole photo is marked sharp."));
    }
    this.#sendVote().catch(() => {}); // sent again with the submit
  }

  async #sendVote(): Promise<void> {
    const { task, vote } = this;
    if (!task || !vote || this.#isVoteSent) return;
    await castVote(task.image.id, vote, Math.round(this.time.total()));
    if (this.vote !== vote || this.task !== task) return;
    this.#isVoteSent = true;
    this.autosave?.note(null);
  }

  /** Why the photo cannot be submitted yet, in words, or null. */
  get objection(): string | null {
    const { task, vote, document } = this;
    if (!task) return null;
    if (!vote) return t("Vote first: is the blur good, OK or bad, or is there none?");
    const blurred = hasBlur(document, task.image);
    if (vote === "none" && blurred)
      return t("You voted that there is no blur, but painted some. Change the vote or erase the blur.");
    if (vote !== "none" && !blurred)
      return t("You judged the blur, but painted none. Paint where it is, or vote that there is none.");
    return null;
  }

  /** Hand the photo in and open the next. Asks once what the part without a level is. */
  async submit(): Promise<void> {
    if (!this.task || this.phase.is !== "ready" || this.isSubmitting) return;
    this.editor.tool.finish();
    if (this.editor.tool.draft) return; // it cannot be closed, and has said why
    const objection = this.objection;
    if (objection) return this.say(objection);
    if (hasUnlabelled(this.document, this.task.image)) {
      if (localStorage.getItem(FILL_REST) !== "sharp") {
        this.doubt = "rest";
        return;
      }
      this.editor.setBase(0);
    }
    await this.#handIn(this.task);
  }

  /** The answer to the doubt about the rest of the photo. */
  async settleRest(isSharp: boolean, always = false): Promise<void> {
    this.doubt = null;
    if (always) localStorage.setItem(FILL_REST, "sharp");
    if (isSharp) this.editor.setBase(0);
    if (this.task) await this.#handIn(this.task);
  }

  async #handIn(task: Task): Promise<void> {
    this.isSubmitting = true;
    this.say(t("Submitting."));
    try {
      let revision: number | undefined;
      do {
        await this.autosave?.flush(); // before the vote, which the server holds against the map
        await this.#sendVote();
        await this.notes.send();
        revision = this.autosave?.revision;
        await submitAnnotation(task.annotation.id);
      } while (this.unsaved > 0 || this.autosave?.revision !== revision); // edited meanwhile: that is handed in too
      this.autosave?.stop();
      this.autosave = null;
      await this.#forgetBefore(task.annotation.id);
      if (task.annotation.state === "draft") this.progress.done += 1;
      this.isSubmitting = false; // the next photo may be handed in as soon as it is there
      await this.open(null, "push");
      this.#offerReturn(task.image);
    } catch (error) {
      this.say(`Not submitted. ${this.#refusal(error)}`);
    } finally {
      this.isSubmitting = false;
    }
  }

  /** Keep the undo of the photo that was handed in last, for who goes back to it, and of none before. */
  async #forgetBefore(annotation: number): Promise<void> {
    const before = this.#handedInBefore;
    this.#handedInBefore = annotation;
    if (before !== null && before !== annotation) await this.#journal?.forget(before).catch(() => {});
  }

  #offerReturn(image: Image): void {
    this.handedIn = image;
    setTimeout(() => {
      if (this.handedIn === image) this.handedIn = null;
    }, RETURN_MS);
  }

  /** Open the photo that was handed in last; the next edit takes it back. */
  async goBack(): Promise<void> {
    const image = this.handedIn;
    this.handedIn = null;
    if (image) await this.open(image.id, "push");
  }

  async skip(reason: string): Promise<void> {
    const { task } = this;
    if (!task) return;
    try {
      await this.autosave?.flush().catch(() => {});
      await skipAnnotation(task.annotation.id, reason);
      await this.open(null, "push");
    } catch (error) {
      this.say(this.#refusal(error));
    }
  }
}

/** The model's map, or null where this page cannot read it. */
function readable(document: Document | null, levelCount: number): Document | null {
  try {
    return document && parseDocument(document, levelCount);
  } catch {
    return null;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof InvalidDocument)
    return "The labels of this photo are of a newer kind than this page knows. Reload the page; nothing is lost.";
  if (!(error instanceof ApiError))
    return error instanceof Error ? error.message : t("Something went wrong.");
  if (error.status === 0)
    return t("The server does not answer. Your work is kept on this computer; try again in a moment.");
  if (error.isSignedOut) return t("Your session has ended. Sign in again to go on.");
  if (error.status === 404) return t("This photo is gone, or it is not yours to label.");
  return error.detail;
}
