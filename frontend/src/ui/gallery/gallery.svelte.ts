/** The photos of a project as a grid of any length: the order is known whole, the photos come by the page. */

import type { Image } from "../../api";
import { ApiError } from "../../api";
import { t, tn } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { countsChanged } from "../changes";
import type { Notice } from "../notice";
import { actOnPhotos, listPhotos, type PhotoAct, photoOrder, undoAct } from "./calls";

const PAGE = 60;
const MOST_AT_ONCE = 1_000;

export class Gallery {
  /** Ids in their order; null until they are here. */
  order = $state.raw<readonly number[] | null>(null);
  photos = $state.raw<ReadonlyMap<number, Image>>(new Map());
  trouble = $state("");
  chosen = $state.raw<ReadonlySet<number>>(new Set());
  at = $state(0);
  notice = $state.raw<Notice | null>(null);
  isActing = $state(false);
  #filters: string;
  #asked = new Set<number>();
  #anchor = 0;
  #turn = 0;

  constructor(
    private readonly project: number,
    filters: string,
  ) {
    this.#filters = filters;
  }

  /** Fetch the order of the list that the filters (a query string) ask for. */
  async load(filters: string = this.#filters): Promise<void> {
    const turn = ++this.#turn;
    const isOther = filters !== this.#filters;
    this.#filters = filters;
    this.trouble = "";
    try {
      const order = await photoOrder(this.project, filters);
      if (turn !== this.#turn) return;
      this.#asked.clear();
      this.photos = new Map();
      this.order = order;
      this.at = isOther ? 0 : Math.min(this.at, Math.max(0, order.length - 1));
      const still = new Set(order);
      this.chosen = new Set([...this.chosen].filter((id) => still.has(id)));
    } catch (error) {
      if (turn === this.#turn) this.trouble = wordsOf(error);
    }
  }

  /** Fetch the pages that hold these places of the order, as far as they are not here. */
  show(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) this.#fetch(page);
  }

  async #fetch(page: number): Promise<void> {
    const { order } = this;
    if (!order || page < 0 || page * PAGE >= order.length || this.#asked.has(page)) return;
    const turn = this.#turn;
    this.#asked.add(page);
    try {
      const cursor = order[page * PAGE - 1] ?? null;
      const photos = await listPhotos(this.project, this.#filters, cursor, PAGE);
      if (turn === this.#turn)
        this.photos = new Map([...this.photos, ...photos.map((photo) => [photo.id, photo] as const)]);
    } catch (error) {
      this.#asked.delete(page);
      if (turn === this.#turn) this.trouble = wordsOf(error);
    }
  }

  // Choosing ------------------------------------------------------------------------------------------------------------

  idAt(place: number): number | undefined {
    return this.order?.[place];
  }

  /** Go to a place; with `extend` all from where the choice began to it are chosen. */
  go(place: number, extend = false): void {
    const last = (this.order?.length ?? 0) - 1;
    if (last < 0) return;
    this.at = Math.min(Math.max(place, 0), last);
    if (extend) this.#chooseTo(this.at);
    else this.#anchor = this.at;
  }

  toggle(place: number): void {
    const id = this.idAt(place);
    if (id === undefined) return;
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.chosen = chosen;
    this.#anchor = place;
  }

  #chooseTo(place: number): void {
    const [from, to] = [Math.min(this.#anchor, place), Math.max(this.#anchor, place)];
    this.chosen = new Set([...this.chosen, ...(this.order ?? []).slice(from, to + 1)]);
  }

  chooseAll(): void {
    this.chosen = new Set(this.order);
  }

  chooseNone(): void {
    this.chosen = new Set();
  }

  // Acting --------------------------------------------------------------------------------------------------------------

  /** Do something with all that is chosen: all of it or nothing. */
  async act(act: PhotoAct, album = ""): Promise<void> {
    const images = (this.order ?? []).filter((id) => this.chosen.has(id));
    if (images.length > MOST_AT_ONCE)
      return this.#tell(t("Choose at most %(count)s photos at a time.", { count: MOST_AT_ONCE }), true);
    const act_id = uuid7();
    await this.#change(async () => {
      const changed = await actOnPhotos(this.project, { act, images, act_id, album });
      this.#tell(DONE[act](changed), false, changed > 0 ? act_id : null);
      this.chooseNone();
    });
  }

  async undo(act: string): Promise<void> {
    await this.#change(async () => {
      const changed = await undoAct(this.project, act, uuid7());
      this.#tell(tn("%(count)s photo is as before.", "%(count)s photos are as before.", changed), false);
    });
  }

  async #change(change: () => Promise<void>): Promise<void> {
    if (this.isActing) return;
    this.isActing = true;
    try {
      await change();
      countsChanged();
      await this.load();
    } catch (error) {
      this.#tell(wordsOf(error), true);
    } finally {
      this.isActing = false;
    }
  }

  #tell(words: string, isError: boolean, undo: string | null = null): void {
    this.notice = {
      words,
      tone: isError ? "error" : "success",
      ...(undo === null ? {} : { undo: () => this.undo(undo) }),
    };
  }
}

const DONE: Record<PhotoAct, (count: number) => string> = {
  first: (n) => tn("%(count)s photo comes next in the queue.", "%(count)s photos come next in the queue.", n),
  usual: (n) =>
    tn("%(count)s photo is back in the usual order.", "%(count)s photos are back in the usual order.", n),
  withdraw: (n) => tn("%(count)s photo is withdrawn.", "%(count)s photos are withdrawn.", n),
  restore: (n) => tn("%(count)s photo is back.", "%(count)s photos are back.", n),
  album: (n) => tn("%(count)s photo is in the album.", "%(count)s photos are in the album.", n),
  review: (n) => tn("%(count)s photo waits for a curator.", "%(count)s photos wait for a curator.", n),
};

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return t("Something went wrong.");
  if (error.status === 0) return t("The server does not answer. Nothing was changed.");
  if (error.isSignedOut) return t("Your session has ended. Reload the page and sign in again.");
  return error.detail;
}
