/** What is asked of the API about many photos at once. */
import { type Image, json, request } from "../../api";

/** What a curator does with many photos at once. */
export type PhotoAct = "first" | "usual" | "withdraw" | "restore" | "album" | "review";

export interface Order {
  readonly ids: readonly number[];
  /** Photo -> its burst, where these are asked for. */
  readonly burstOf: ReadonlyMap<number, number>;
}

/** The ids of all photos that a query asks for, in their order. */
export async function photoOrder(project: number, query: string, withBursts = false): Promise<Order> {
  const url = `/api/projects/${project}/images/ids/?${query}${withBursts ? "&bursts=true" : ""}`;
  const ask = (more: string) =>
    json<{ ids: number[]; next: string | null; bursts?: Record<string, number> }>(request("GET", url + more));
  let page = await ask("");
  let ids = page.ids;
  const burstOf = new Map<number, number>();
  const take = () => {
    for (const [photo, burst] of Object.entries(page.bursts ?? {})) burstOf.set(Number(photo), burst);
  };
  take();
  while (page.next) {
    page = await ask(`&cursor=${ids.at(-1)}`);
    ids = ids.concat(page.ids);
    take();
  }
  return { ids, burstOf };
}

/** Which photo of a burst is proposed to be kept, and why, in a sentence. */
export interface Proposal {
  readonly proposed: number;
  readonly file_name: string;
  readonly why: string;
}

export function proposedOf(project: number, burst: number): Promise<Proposal> {
  return json(request("GET", `/api/projects/${project}/images/bursts/${burst}/`));
}

/** The photos of the query's list after the one with the id `cursor`, from the start where that is null. */
export async function listPhotos(
  project: number,
  query: string,
  cursor: number | null,
  count: number,
): Promise<readonly Image[]> {
  const page = `page_size=${count}${cursor === null ? "" : `&cursor=${cursor}`}`;
  const url = `/api/projects/${project}/images/?${query}&${page}`;
  return (await json<{ results: Image[] }>(request("GET", url))).results;
}

/** Do something with photos, with all of them or none; the number of those that it changed. */
export async function actOnPhotos(
  project: number,
  act: { act: PhotoAct; images: readonly number[]; act_id: string; album: string },
): Promise<number> {
  const answer = request("POST", `/api/projects/${project}/images/acts/`, { body: act });
  return (await json<{ changed: number }>(answer)).changed;
}

/** Take an act back. */
export async function undoAct(project: number, act: string, undo_id: string): Promise<number> {
  const answer = request("POST", `/api/projects/${project}/images/acts/${act}/undo/`, { body: { undo_id } });
  return (await json<{ changed: number }>(answer)).changed;
}
