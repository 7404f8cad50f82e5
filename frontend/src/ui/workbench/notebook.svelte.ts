/** The notes pinned on the photo: kept in the journal at once, on the server soon after. */
import { type Annotation, ApiError, type Note, saveNotes } from "../../api";
import type { Autosave } from "../../editor/autosave";
import type { Camera } from "../../editor/camera";
import type { Editor } from "../../editor/editor";
import type { Pin } from "../../editor/scene";
import { fromGrid, imagePoint, toGrid, toImage } from "../../editor/viewport";
import { SUBPIXEL } from "../../model/annotation";
import { t } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { InOrder } from "../inorder.svelte";

/** In 1/16 px of the photo. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export const LONGEST = 500;
const MOST = 50;
const AGAIN_MS = 15_000;

export class NoteBook {
  list = $state.raw<readonly Note[]>([]);
  /** The note that is being written. */
  draft = $state.raw<Note | null>(null);
  #annotation = 0;
  #mark: Place | null = null;
  #autosave: Autosave | null = null;
  #isSent = true;
  readonly #sending = new InOrder();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly editor: Editor,
    private readonly say: (words: string) => void,
    private readonly refusal: (error: unknown) => string,
  ) {}

  /** The notes of the photo that is on the bench now.
   *
   * @param unsent those that an earlier visit could not send.
   * @param mark the place that a curator means.
   */
  open(
    annotation: Annotation,
    autosave: Autosave,
    unsent: readonly Note[] | null,
    mark: Place | null = null,
  ): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.draft = null;
    this.#annotation = annotation.id;
    this.#autosave = autosave;
    this.#isSent = unsent === null;
    this.#mark = mark;
    this.#set(unsent ?? annotation.notes);
    if (unsent) this.retry();
  }

  /** Begin a note where one looks. */
  pinAt(camera: Camera): void {
    const { photo } = this.editor;
    if (!photo || !this.#autosave) return;
    if (this.list.length >= MOST)
      return this.say(t("A photo has at most %(count)s notes. Delete one first.", { count: MOST }));
    const at = camera.lookedAt ?? toImage(camera.view, camera.middle);
    const within = (value: number, extent: number) => Math.min(Math.max(value, 0), extent);
    const [x, y] = toGrid(imagePoint(within(at.x, photo.width), within(at.y, photo.height)));
    this.draft = { id: uuid7(), x, y, text: "" };
  }

  /** Keep the note that was written, or, without words, none. */
  write(text: string): void {
    const { draft } = this;
    this.draft = null;
    if (!draft) return;
    const note = { ...draft, text: text.trim() };
    if (note.text === "") return this.remove(note.id);
    const index = this.list.findIndex(({ id }) => id === note.id);
    this.#change(index < 0 ? [...this.list, note] : this.list.with(index, note), t("The note is kept."));
  }

  remove(id: string): void {
    if (this.list.some((note) => note.id === id))
      this.#change(
        this.list.filter((note) => note.id !== id),
        t("The note is deleted."),
      );
  }

  /** Open a note again and bring its place into sight. */
  show(note: Note): void {
    this.draft = note;
    this.#reveal(note);
  }

  /** Bring the place that a curator means into sight. */
  showMark(): void {
    if (this.#mark) this.#reveal(this.#mark);
  }

  #reveal(place: Place): void {
    const [x, y] = [place.x / SUBPIXEL, place.y / SUBPIXEL];
    this.editor.camera.reveal(x, y, x, y);
  }

  /** Send the notes if the server does not have them.
   *
   * @throws ApiError where it does not take them.
   */
  async send(): Promise<void> {
    if (this.#isSent) return;
    const [annotation, notes, autosave] = [this.#annotation, this.list, this.#autosave];
    const isDue = () => annotation !== this.#annotation || (notes === this.list && !this.#isSent);
    await this.#sending.send(async () => {
      if (isDue()) await saveNotes(annotation, notes);
    });
    if (annotation !== this.#annotation || notes !== this.list) return;
    this.#isSent = true;
    autosave?.jot(null);
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    this.say(t("The note is sent."));
  }

  retry(): void {
    clearTimeout(this.#timer);
    this.send().catch((error) => {
      const isPassing = error instanceof ApiError && error.isPassing;
      this.say(
        isPassing
          ? t("The note is kept on this computer; it is sent when the server answers.")
          : this.refusal(error),
      );
      if (isPassing) this.#timer = setTimeout(() => this.retry(), AGAIN_MS);
    });
  }

  #change(list: readonly Note[], words: string): void {
    this.#isSent = false;
    this.#set(list);
    this.#autosave?.jot(list);
    this.say(words);
    this.retry();
  }

  #set(list: readonly Note[]): void {
    this.list = list;
    const pins: Pin[] = list.map(({ x, y }, i) => ({ at: fromGrid(x, y), number: i + 1 }));
    if (this.#mark) pins.push({ at: fromGrid(this.#mark.x, this.#mark.y), number: "!" });
    this.editor.pin(pins);
  }
}
