/** An atlas as it is looked at: what the address asks for, the points that come of it, and acts on what a lasso holds. */

import type { Ring } from "../../model/annotation";
import { areaWithin, cornersOf, type Points, tallied, unpacked } from "../../model/atlas";
import { tn } from "../../model/language";
import { uuid7 } from "../../model/uuid7";
import { countsChanged } from "../changes";
import { undoAct } from "../gallery/calls";
import { type Notice, refusalWords } from "../notice";
import { type AtlasAnswer, actOnFound, atlasPoints } from "./calls";

export const LASSO = "lasso";
const BY = "by";

export class Atlas {
  answer = $state.raw<AtlasAnswer | null>(null);
  points = $state.raw<Points | null>(null);
  tally = $state.raw<Uint32Array>(new Uint32Array(256));
  trouble = $state("");
  notice = $state.raw<Notice | null>(null);
  isActing = $state(false);
  #asked = $state.raw<URLSearchParams>(new URLSearchParams());
  #turn = 0;

  constructor(
    private readonly project: number,
    query: string,
    private readonly usual: string,
  ) {
    this.#asked = new URLSearchParams(query);
  }

  /** The filter that colours the points. */
  get by(): string {
    return this.#asked.get(BY) ?? this.usual;
  }

  /** The filters without the colour, as pages that take a set of photos know them. */
  get filters(): string {
    const filters = new URLSearchParams(this.#asked);
    filters.delete(BY);
    return filters.toString();
  }

  get area(): string | null {
    return this.#asked.get(LASSO);
  }

  /** The corners of the lasso, where it lies on the atlas that is shown. */
  get corners(): Ring | null {
    return this.answer?.atlas ? cornersOf(this.answer.atlas, this.area) : null;
  }

  /** The value that the photos are narrowed to by what colours them. */
  get only(): string | null {
    return this.#asked.get(this.by);
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const answer = await atlasPoints(this.project, this.#asked.toString());
      if (turn !== this.#turn) return;
      this.points = unpacked(answer.points);
      this.tally = tallied(this.points);
      this.answer = answer;
      this.trouble = "";
    } catch (error) {
      if (turn === this.#turn) this.trouble = refusalWords(error);
    }
  }

  /** Colour the points by another filter. */
  colour(by: string): Promise<void> {
    return this.#ask({ [BY]: by === this.usual ? null : by });
  }

  /** Narrow the photos to one value of what colours them, or to all again. */
  narrow(value: string): Promise<void> {
    return this.#ask({ [this.by]: this.only === value ? null : value });
  }

  /** Narrow the photos to those inside a line, in units; one that goes round nothing takes the lasso away. */
  lasso(line: Ring): Promise<void> {
    return this.#ask({ [LASSO]: this.answer?.atlas ? areaWithin(this.answer.atlas, line) : null });
  }

  #ask(changes: Record<string, string | null>): Promise<void> {
    const asked = new URLSearchParams(this.#asked);
    for (const [name, value] of Object.entries(changes))
      if (value === null) asked.delete(name);
      else asked.set(name, value);
    this.#asked = asked;
    history.replaceState(history.state, "", asked.size > 0 ? `?${asked}` : location.pathname);
    countsChanged();
    return this.load();
  }

  /** Do something with the photos inside the lasso: all of it or nothing. */
  async act(act: "first" | "album", album = ""): Promise<void> {
    const matching = Object.fromEntries(new URLSearchParams(this.filters));
    const act_id = uuid7();
    await this.#change(async () => {
      const changed = await actOnFound(this.project, { act, matching, act_id, album });
      this.notice = {
        words: DONE[act](changed),
        ...(changed > 0 ? { undo: () => this.#undo(act_id) } : {}),
      };
    });
  }

  async #undo(act: string): Promise<void> {
    await this.#change(async () => {
      const changed = await undoAct(this.project, act, uuid7());
      this.notice = {
        words: tn("%(count)s photo is as before.", "%(count)s photos are as before.", changed),
      };
    });
  }

  async #change(change: () => Promise<void>): Promise<void> {
    this.isActing = true;
    try {
      await change();
      await this.load();
    } catch (error) {
      this.notice = { words: refusalWords(error), tone: "error" };
    } finally {
      this.isActing = false;
    }
  }
}

const DONE = {
  first: (n: number) =>
    tn("%(count)s photo comes next in the queue.", "%(count)s photos come next in the queue.", n),
  album: (n: number) => tn("%(count)s photo is in the album.", "%(count)s photos are in the album.", n),
};
