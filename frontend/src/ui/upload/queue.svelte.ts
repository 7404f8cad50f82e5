/** Photos on their way in: batches go one after the other, each file has its own progress and result. */
import { ApiError, type UploadResult } from "../../api";
import { t } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { photosCame } from "../changes";
import { actOnPhotos } from "../gallery/calls";
import { InOrder } from "../inorder.svelte";
import { batchOf } from "./batches";
import { uploadPhotos } from "./calls";

export type ItemState = "waiting" | "sending" | "checking" | "done" | "duplicate" | "failed";

export interface Item {
  readonly file: File;
  readonly key: string;
  state: ItemState;
  share: number;
  words: string;
  /** Whether sending it again may help. */
  canRetry: boolean;
  /** What was said of it when it came in. */
  note: string;
  /** What it became. */
  photo: UploadResult["image"] | null;
  /** An earlier photo that it looks like. */
  twin: UploadResult["looks_like"] | null;
  /** What a person has said to that; nothing is lost while nobody has. */
  choice: "keep" | "out" | null;
}

const PHOTO_NAME = /\.(jpe?g|jfif|png|webp|hei[cf]|hif|avif)$/i;
const PHOTO_TYPE = /^image\/(jpeg|png|webp|hei[cf]|avif)$/;
/** How many photos one act may change. */
const ACT_PHOTOS = 1000;

const PASSING = t("The server does not answer. Nothing of this file was kept; retry it.");

export class UploadQueue {
  items = $state<Item[]>([]);
  isRunning = $state(false);
  /** What stops all files alike, such as a missing licence; null where nothing does. */
  fault = $state<{ where: string | null; detail: string } | null>(null);
  /** How many of the files that were added last are in the list already. */
  again = $state(0);
  #sentBytes = $state(0);
  #startedAt = 0;

  #project = 0;
  readonly #choosing = new InOrder();

  constructor(private readonly send: typeof uploadPhotos = uploadPhotos) {}

  /** Add files; the same file twice is one, and what is no photo is refused here. */
  add(files: Iterable<File>): void {
    this.again = 0;
    for (const file of files) {
      const key = `${file.name}/${file.size}/${file.lastModified}`;
      if (this.items.some((item) => item.key === key)) {
        this.again += 1;
        continue;
      }
      const isPhoto = PHOTO_NAME.test(file.name) || PHOTO_TYPE.test(file.type);
      this.items.push({
        file,
        key,
        state: isPhoto ? "waiting" : "failed",
        share: 0,
        words: isPhoto ? "" : t("Only JPEG, PNG, WebP, HEIC and AVIF photos can be labelled."),
        canRetry: false,
        note: "",
        photo: null,
        twin: null,
        choice: null,
      });
    }
  }

  remove(item: Item): void {
    this.items = this.items.filter(({ key }) => key !== item.key);
  }

  clear(): void {
    this.items = this.items.filter(({ state }) => state === "sending" || state === "checking");
  }

  countOf(...states: ItemState[]): number {
    return this.items.filter(({ state }) => states.includes(state)).length;
  }

  /** Photos that look like one that was here, about which nobody has said anything yet. */
  get doubtful(): Item[] {
    return this.items.filter(({ twin, choice }) => twin && !choice);
  }

  /** Those that the project has and that nobody gets, because somebody withdrew them. */
  get leftOut(): Item[] {
    return this.items.filter(({ state, photo }) => state === "duplicate" && photo?.is_withdrawn);
  }

  /** Withdraw all that came in now, so that nobody gets it; `isBack` brings it back. */
  async takeOut(isBack = false): Promise<void> {
    await this.choose(
      this.items.filter(({ state }) => state === "done"),
      isBack ? "keep" : "out",
    );
  }

  /** Let photos that look like another stay, or withdraw them: nobody gets them, and they can be brought back. */
  choose(items: readonly Item[], choice: "keep" | "out"): Promise<void> {
    return this.#choosing.send(() => this.#choose(items, choice));
  }

  async #choose(items: readonly Item[], choice: "keep" | "out"): Promise<void> {
    const act = choice === "out" ? "withdraw" : "restore";
    const moved = items.filter((item) => isOut(item) !== (choice === "out"));
    const images = moved.flatMap(({ photo }) => (photo ? [photo.id] : []));
    try {
      for (let start = 0; start < images.length; start += ACT_PHOTOS) {
        const some = images.slice(start, start + ACT_PHOTOS);
        await actOnPhotos(this.#project, { act, images: some, act_id: uuid7(), album: "" });
      }
      for (const item of items) Object.assign(item, { choice, words: item.note });
      if (images.length > 0) photosCame();
    } catch (error) {
      const words =
        error instanceof ApiError && !error.isPassing ? error.detail : t("The server does not answer.");
      for (const item of items) item.words = words;
    }
  }

  /** Bytes of all files that are or were to be sent, and how many of them have left. */
  get progress(): { sent: number; total: number; perSecond: number } {
    const own = this.items.filter(({ state }) => state !== "failed");
    const total = own.reduce((sum, { file }) => sum + file.size, 0);
    const sent = own.reduce((sum, { file, share }) => sum + file.size * share, 0);
    const seconds = (Date.now() - this.#startedAt) / 1000;
    return { sent, total, perSecond: this.isRunning && seconds > 1 ? this.#sentBytes / seconds : 0 };
  }

  retry(): void {
    for (const item of this.items) {
      if (item.state === "failed" && item.canRetry)
        Object.assign(item, { state: "waiting", words: "", share: 0 });
    }
  }

  /** Send all that waits to the project, under these terms. */
  async run(project: number, terms: Record<string, string>): Promise<void> {
    if (this.isRunning) return;
    this.#project = project;
    this.isRunning = true;
    this.fault = null;
    this.#sentBytes = 0;
    this.#startedAt = Date.now();
    try {
      for (let batch = this.#nextBatch(); batch.length > 0 && !this.fault; batch = this.#nextBatch()) {
        await this.#sendBatch(batch, terms);
      }
    } finally {
      this.isRunning = false;
    }
  }

  #nextBatch(): Item[] {
    return batchOf(this.items.filter(({ state }) => state === "waiting"));
  }

  async #sendBatch(batch: Item[], terms: Record<string, string>): Promise<void> {
    for (const item of batch) item.state = "sending";
    const files = batch.map(({ file }) => file);
    const before = this.#sentBytes;
    try {
      const results = await this.send(this.#project, files, terms, (share) => {
        this.#sentBytes = before + share * total(batch);
        spread(batch, share);
      });
      for (const [i, item] of batch.entries()) settle(item, results[i]);
      if (batch.some(({ state }) => state === "done")) photosCame();
    } catch (error) {
      this.#failed(batch, error);
    }
  }

  #failed(batch: Item[], error: unknown): void {
    const refusal = error instanceof ApiError ? error : new ApiError(0, "offline", PASSING);
    if (refusal.status === 400 && refusal.where && !refusal.where.startsWith("files")) {
      this.fault = { where: refusal.where, detail: refusal.detail };
      for (const item of batch) Object.assign(item, { state: "waiting", share: 0 });
      return;
    }
    const words = refusal.isPassing
      ? PASSING
      : refusal.isSignedOut
        ? t("Your session has ended. Sign in, then retry.")
        : refusal.detail;
    for (const item of batch) Object.assign(item, { state: "failed", share: 0, words, canRetry: true });
  }
}

/** Whether nobody gets the photo: it was left out now, or earlier. */
export function isOut({ choice, state, photo }: Item): boolean {
  return choice === null ? state === "duplicate" && (photo?.is_withdrawn ?? false) : choice === "out";
}

function wordsOfKnown(photo: UploadResult["image"]): string {
  return photo?.is_withdrawn
    ? t("The project has this photo, but it was left out: nobody gets it.")
    : t("The project has this photo already.");
}

function total(batch: readonly Item[]): number {
  return batch.reduce((sum, { file }) => sum + file.size, 0);
}

/** A batch leaves as one body: its files leave one after the other. */
function spread(batch: Item[], share: number): void {
  let left = share * total(batch);
  for (const item of batch) {
    item.share = Math.min(1, left / Math.max(1, item.file.size));
    if (item.share === 1) item.state = "checking";
    left = Math.max(0, left - item.file.size);
  }
}

function settle(item: Item, result: UploadResult | undefined): void {
  item.share = 1;
  if (!result || result.error) {
    item.state = "failed";
    item.words = result?.error?.detail ?? PASSING;
    item.canRetry = !result;
  } else {
    item.state = result.duplicate ? "duplicate" : "done";
    item.words = result.duplicate ? wordsOfKnown(result.image) : (result.note ?? "");
    item.note = item.words;
    item.photo = result.image ?? null;
    item.twin = result.looks_like ?? null;
  }
}
