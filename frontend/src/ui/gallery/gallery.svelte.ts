/** The photos of a project as a grid of any length: the order is known whole, the photos come by the page. */

import type { Image } from "../../api";
import { ApiError } from "../../api";
import { t, tn } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { countsChanged } from "../changes";
import type { Notice } from "../notice";
import { type Burst, burstsIn, together } from "./bursts";
import {
  actOnPhotos,
  listPhotos,
  type PhotoAct,
  type Proposal,
  photoOrder,
  proposedOf,
  undoAct,
} from "./calls";

const PAGE = 60;
const MOST_AT_ONCE = 20_000;

export class Gallery {
  /** Ids of all photos in their order; null until they are here. */
  photosInOrder = $state.raw<readonly number[] | null>(null);
  bursts = $state.raw<ReadonlyMap<number, Burst>>(new Map());
  open = $state.raw<ReadonlySet<number>>(new Set());
  proposals = $state.raw<ReadonlyMap<number, Proposal>>(new Map());
  /** Ids of the tiles: a burst that is not open is its first photo. */
  readonly order = $derived(this.photosInOrder && together(this.photosInOrder, this.bursts, this.open));
  photos = $state.raw<ReadonlyMap<number, Image>>(new Map());
  trouble = $state("");
  chosen = $state.raw<ReadonlySet<number>>(new Set());
  at = $state(0);
  notice = $state.raw<Notice | null>(null);
  isActing = $state(false);
  #filters: string;
  #isTogether: boolean;
  #placeOf = new Map<number, number>();
  #asked = new Set<number>();
  #anchor = 0;
  #turn = 0;

  constructor(
    private readonly project: number,
    filters: string,
    isTogether = false,
  ) {
    this.#filters = filters;
    this.#isTogether = isTogether;
  }

  /** Fetch the order of the list that the filters (a query string) ask for, with bursts as one tile or without. */
  async load(filters: string = this.#filters, isTogether: boolean = this.#isTogether): Promise<void> {
    const turn = ++this.#turn;
    const isOther = filters !== this.#filters || isTogether !== this.#isTogether;
    this.#filters = filters;
    this.#isTogether = isTogether;
    this.trouble = "";
    try {
      const { ids, burstOf } = await photoOrder(this.project, filters, isTogether);
      if (turn !== this.#turn) return;
      this.#asked.clear();
      this.#placeOf = new Map(ids.map((id, place) => [id, place]));
      this.photos = new Map();
      this.proposals = new Map();
      this.bursts = burstsIn(ids, burstOf);
      this.photosInOrder = ids;
      this.at = isOther ? 0 : Math.min(this.at, Math.max(0, (this.order?.length ?? 0) - 1));
      const still = new Set(ids);
      this.chosen = new Set([...this.chosen].filter((id) => still.has(id)));
    } catch (error) {
      if (turn === this.#turn) this.trouble = wordsOf(error);
    }
  }

  /** Fetch the pages that hold the photos of these tiles, as far as they are not here. */
  show(first: number, last: number): void {
    const tiles = this.order?.slice(Math.max(first, 0), last + 1) ?? [];
    const pages = tiles.map((id) => Math.floor((this.#placeOf.get(id) as number) / PAGE));
    for (const page of new Set(pages)) this.#fetch(page);
  }

  async #fetch(page: number): Promise<void> {
    const { photosInOrder: order } = this;
    if (!order || this.#asked.has(page)) return;
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
    const wasChosen = this.isChosen(id);
    for (const photo of this.#photosOf(id)) {
      if (wasChosen) chosen.delete(photo);
      else chosen.add(photo);
    }
    this.chosen = chosen;
    this.#anchor = place;
  }

  #chooseTo(place: number): void {
    const [from, to] = [Math.min(this.#anchor, place), Math.max(this.#anchor, place)];
    const tiles = (this.order ?? []).slice(from, to + 1);
    this.chosen = new Set([...this.chosen, ...tiles.flatMap((id) => this.#photosOf(id))]);
  }

  chooseAll(): void {
    this.chosen = new Set(this.photosInOrder);
  }

  chooseNone(): void {
    this.chosen = new Set();
  }

  // Bursts --------------------------------------------------------------------------------------------------------------

  /** The burst that a tile stands for or is of, if any. */
  burstAt(place: number): Burst | undefined {
    const id = this.idAt(place);
    return id === undefined ? undefined : this.bursts.get(id);
  }

  /** How many closed bursts hold photos that are chosen. */
  get closedCount(): number {
    const ids = new Set<number>();
    for (const id of this.chosen) {
      const burst = this.bursts.get(id);
      if (burst && !this.open.has(burst.id)) ids.add(burst.id);
    }
    return ids.size;
  }

  /** Open or close the burst at a place; its first tile is where one is then. */
  openOrClose(place: number): void {
    const burst = this.burstAt(place);
    if (!burst) return;
    const open = new Set(this.open);
    if (!open.delete(burst.id)) open.add(burst.id);
    this.open = open;
    this.go(this.order?.indexOf(burst.photos[0] as number) ?? 0);
  }

  /** Ask which photo of a burst is proposed to be kept; without an answer nothing is proposed. */
  async propose(burst: number): Promise<void> {
    if (this.proposals.has(burst)) return;
    const proposal = await proposedOf(this.project, burst).catch(() => null);
    if (proposal) this.proposals = new Map([...this.proposals, [burst, proposal]]);
  }

  /** Whether a tile is chosen: of a closed burst all of its photos. */
  isChosen(id: number): boolean {
    return this.#photosOf(id).every((photo) => this.chosen.has(photo));
  }

  /** The photos that an act on a tile means. */
  #photosOf(id: number): readonly number[] {
    const burst = this.bursts.get(id);
    return burst && !this.open.has(burst.id) ? burst.photos : [id];
  }

  // Acting --------------------------------------------------------------------------------------------------------------

  /** Do something with all that is chosen: all of it or nothing. */
  async act(act: PhotoAct, album = ""): Promise<void> {
    const images = (this.photosInOrder ?? []).filter((id) => this.chosen.has(id));
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
