/** A sitting at the workbench: which photo is open, whether it is safe, how it was voted, and what comes next. */
import { ApiError, photoBytes, type SentBack, type Task } from "../../api";
import { Autosave, drainJournal, type SaveState } from "../../editor/autosave";
import type { Editor } from "../../editor/editor";
import { closePhoto, decodePhoto, type Photo } from "../../editor/photo";
import { TabLock } from "../../editor/tablock";
import type { ScreenPoint } from "../../editor/viewport";
import { ActiveTime } from "../../model/activetime";
import { type Desirability, type Document, EMPTY, parseDocument } from "../../model/annotation";
import { type Journal, openJournal } from "../../model/journal";
import { t, tn } from "../../model/language";
import { Store } from "../../model/store";
import { Ballot } from "./ballot.svelte";
import { nextTask, skipAnnotation } from "./calls";
import { Film } from "./film.svelte";
import { Lookahead } from "./lookahead";
import { NoteBook, type Place } from "./notebook.svelte";
import { frameOf, type OpenBench, type Phase } from "./openbench";
import type { WorkbenchProps } from "./props";
import { wordsOf } from "./refusals";
import { Settling } from "./settling.svelte";
import { Submission } from "./submission.svelte";
import { TOOL_WORDS } from "./tools";
import { WarmUp } from "./warmup.svelte";

const SAID_MS = 7_000;
const PUT_AWAY_MS = 2_000;

export class Session implements OpenBench {
  phase = $state.raw<Phase>({ is: "loading" });
  task = $state.raw<Task | null>(null);
  document = $state.raw<Document>(EMPTY);
  /** Whether the server has asked who this is, elsewhere than in answer to a save. */
  isSignedOut = $state(false);
  words = $state("");
  /** Where on the canvas it was asked for what did not happen, as the words say, until the next act. */
  refusedAt = $state.raw<ScreenPoint | null>(null);
  progress = $state({ done: 0, total: 0 });
  /** Steps with every change of the editor or of the save state, so that what reads them is read again. */
  #tick = $state(0);

  journal: Journal | null = null;
  autosave: Autosave | null = null;
  time = new ActiveTime();
  #store = new Store(EMPTY);
  #turn = 0;
  #wanted: number | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  readonly #lock: TabLock;
  readonly #lookahead: Lookahead;
  #shown_at = 0;
  readonly notes: NoteBook;
  readonly ballot: Ballot;
  readonly film: Film;
  readonly submission: Submission;
  /** What makes this a curator's bench; null where photos are labelled. */
  readonly settling: Settling | null;
  readonly warmUp: WarmUp;

  constructor(
    readonly props: WorkbenchProps,
    readonly editor: Editor,
  ) {
    this.settling = props.review_url === undefined ? null : new Settling(this, props.review_url);
    this.ballot = new Ballot(this.settling === null);
    this.progress = { ...(props.progress ?? { done: 0, total: 0 }) };
    this.#lock = new TabLock(() => this.#lost());
    this.film = new Film(props.past ?? []);
    this.#lookahead = new Lookahead(props.project.id, (task) => {
      this.film.next = task && frameOf(task);
    });
    this.warmUp = new WarmUp(this, () => this.submission.offerReturn()); // the way back was covered
    this.submission = new Submission(this, this.settling, this.warmUp);
    this.notes = new NoteBook(
      editor,
      (words) => this.say(words),
      (error) => this.refusal(error),
    );
    editor.subscribe(() => {
      this.#tick += 1;
      const { words, isRefusal, camera } = editor;
      editor.words = "";
      if (words && isRefusal) this.refuse(words, camera.crosshair ?? camera.pointer ?? camera.middle);
      else if (words) this.say(words);
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

  /** Whether this photo was handed in and is edited since: its work counts for nothing until it is handed in again. */
  get isTakenBack(): boolean {
    this.#tick;
    const { task, autosave, unsaved } = this;
    if (!task || !autosave || task.annotation.state !== "submitted") return false;
    return unsaved > 0 || autosave.revision > task.annotation.revision;
  }

  async start(): Promise<void> {
    this.journal = await openJournal(this.props.user.id).catch(() => null);
    await this.journal?.sweep().catch(() => {});
    await this.open(this.props.image, this.settling ? "keep" : "replace");
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
    this.submission.isRestInDoubt = false;
    this.warmUp.isShown = false;
    const before = this.task?.image.id ?? 0;
    const asked = performance.now();
    await this.#putAway();
    try {
      const waiting = image === null ? await this.#lookahead.take(before) : null;
      const task = waiting?.task ?? (await this.#fetch(image));
      if (isOver()) return waiting ? closePhoto(waiting.photo) : undefined;
      this.task = task;
      if (!task) {
        this.ballot.close();
        this.film.current = this.film.next = null;
        this.document = EMPTY;
        this.say("");
        this.phase = { is: "empty" };
        return;
      }
      this.#wanted = task.image.id;
      this.film.opened(frameOf(task));
      if (address !== "keep")
        history[`${address}State`]({ image: task.image.id }, "", `?image=${task.image.id}`);
      const isFree = this.#lock.claim(task.annotation.id);
      if (waiting || (await isFree)) await this.#show(task, isOver, waiting?.photo);
      const isOurs = (await isFree) && this.#lock.holds(task.annotation.id);
      if (isOver()) return; // handed in before other tabs had to answer
      if (!isOurs) this.#lost();
      if ((this.phase as Phase).is !== "ready") return;
      performance.measure(waiting ? "photo-from-ahead" : "photo-from-server", {
        start: asked,
        end: this.#shown_at,
      });
      if (waiting) nextTask(this.props.project.id, task.image.id).catch(() => {}); // its lease begins anew
      if (!this.settling) this.#lookahead.start(task.image.id);
    } catch (error) {
      const isPaused = error instanceof ApiError && error.code === "feed_paused";
      if (isOver()) return;
      this.say("");
      this.phase = { is: isPaused ? "paused" : "failed", words: this.refusal(error) };
    }
  }

  #fetch(image: number | null): Promise<Task | null> {
    return this.settling && image !== null
      ? this.settling.fetch(image)
      : nextTask(this.props.project.id, image);
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
    const photo = fetched ?? (await decodePhoto(await photoBytes(task.image.id)));
    const entry = (await this.journal?.read(task.annotation.id).catch(() => null)) ?? null;
    if (isOver()) return closePhoto(photo);
    const head = entry?.head ?? null;
    const isKept = head !== null && (head.unsaved > 0 || head.revision === task.annotation.revision);
    this.#store = new Store(
      head && head.unsaved > 0 ? head.document : task.annotation.document,
      isKept ? entry?.log : [],
      isKept ? head.cursor : 0,
    );
    this.time = new ActiveTime(Math.max(head?.active_ms ?? 0, task.annotation.active_ms));
    const old = this.editor.photo;
    const model = readable(task.prediction?.document ?? null, levelCount);
    const aside = (document?: Document | null) => readable(document ?? null, levelCount) ?? EMPTY;
    const asides = {
      noEvidence: aside(task.prediction?.no_evidence),
      subject: aside(task.prediction?.subject),
    };
    this.editor.open(photo, this.#store, model, isKept ? head.sketch : null, asides);
    if (old) closePhoto(old);
    const start = {
      annotation: task.annotation,
      store: this.#store,
      journal: this.journal,
      time: this.time,
      head,
      sawModel: () => this.editor.sawModel,
    };
    this.autosave = new Autosave(start, () => {
      this.#tick += 1;
    });
    this.ballot.open(task, this.autosave, this.time, head?.vote ?? null);
    this.notes.open(task.annotation, this.autosave, head?.notes ?? null, placeOf(task.sent_back));
    this.phase = { is: "ready" };
    this.#shown_at = performance.now();
    this.#tidyUp(task).catch(() => {});
    this.say(
      head && head.unsaved > 0
        ? t("Your unsent edits of last time are back.")
        : this.#openedWords(task.image.file_name),
    );
  }

  /** What came on the bench, and which tool is in hand where that is not the usual one. */
  #openedWords(file: string): string {
    const { name } = this.editor.tool;
    return name === "polygon"
      ? t("Opened %(file)s.", { file })
      : t("Opened %(file)s. In hand: %(tool)s.", { file, tool: TOOL_WORDS[name] });
  }

  /** Send what other photos left in the journal; then the eye may be warmed up. */
  async #tidyUp(task: Task): Promise<void> {
    if (this.journal) await drainJournal(this.journal, task.annotation.id).catch(() => {});
    await this.warmUp.offer(task);
  }

  /** Whether anything was drawn on this photo, be it undone. */
  get hasOperations(): boolean {
    return this.#store.log.length > 0;
  }

  /** What an error means, in words; where the session has ended the dialog is opened too. */
  refusal(error: unknown): string {
    this.isSignedOut ||= error instanceof ApiError && error.isSignedOut;
    return wordsOf(error);
  }

  /** Go on where the end of the session came between. */
  signedIn(): void {
    this.isSignedOut = false;
    this.retry();
    if (this.phase.is === "failed") this.reopen();
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
    this.warmUp.worked();
  }

  /** Put a sentence on the status line, for a while or until the next act. */
  say(words: string): void {
    this.hush();
    this.words = words;
    this.#silence = setTimeout(() => this.hush(), SAID_MS);
  }

  /** Say why nothing came of what was asked for, there and on the status line, until the next act. */
  refuse(words: string, at: ScreenPoint): void {
    this.hush();
    this.words = words;
    this.refusedAt = at;
  }

  /** The next act has begun: what was said of the one before may be true no longer. */
  hush(): void {
    clearTimeout(this.#silence);
    this.words = "";
    this.refusedAt = null;
  }

  /** What is on the bench, in words. */
  get description(): string {
    const selected = this.see((editor) => editor.selected);
    const { regions } = this.document;
    if (!this.task) return "";
    if (!selected)
      return `${this.task.image.file_name}, ${tn("%(count)s region", "%(count)s regions", regions.length)}`;
    const corners = selected.rings.reduce((sum, ring) => sum + ring.length / 2, 0);
    const number = regions.findIndex(({ id }) => id === selected.id) + 1;
    const chosen = this.see((editor) => editor.selectedCorners.length);
    const words = tn(
      "Region %(number)s of %(all)s, level %(level)s, %(count)s corner",
      "Region %(number)s of %(all)s, level %(level)s, %(count)s corners",
      corners,
      { number, all: regions.length, level: selected.level },
    );
    return chosen > 1 ? `${words}, ${t("%(count)s chosen", { count: chosen })}` : words;
  }

  /** Say what the blur does to the photo. "No blur" on an untouched photo labels all of it sharp. */
  setVote(vote: Desirability): void {
    if (!this.task || this.phase.is !== "ready") return;
    this.ballot.cast(vote);
    const { document } = this.#store;
    if (vote === "none" && document.base === null && document.regions.length === 0) {
      this.editor.setBase(0);
      this.say(t("No blur: the whole photo is marked sharp."));
    }
  }

  async skip(reason: string): Promise<void> {
    const { task } = this;
    if (!task) return;
    try {
      await this.autosave?.flush().catch(() => {});
      await skipAnnotation(task.annotation.id, reason);
      this.film.handedIn(frameOf(task)); // opened again, it is skipped no longer
      await this.open(null, "push");
      this.submission.leave(task.image, true);
    } catch (error) {
      this.submission.refuse(task, t("Not skipped. %(reason)s", { reason: this.refusal(error) }));
    }
  }
}

/** Where a curator means, or null. */
function placeOf(back: SentBack | null | undefined): Place | null {
  return back && back.x !== null && back.y !== null ? { x: back.x, y: back.y } : null;
}

/** The model's map, or null where this page cannot read it. */
function readable(document: Document | null, levelCount: number): Document | null {
  try {
    return document && parseDocument(document, levelCount);
  } catch {
    return null;
  }
}
