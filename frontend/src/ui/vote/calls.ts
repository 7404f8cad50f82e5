/** What voting asks of the API. */
import { type Image, json, request, SAVE_WAITS_MS } from "../../api";
import type { Desirability } from "../../model/annotation";

/** Vote on a photo; `alone` it counts without a map of one's own. */
export async function castVote(
  image: number,
  desirability: Desirability,
  elapsed_ms: number,
  alone = false,
): Promise<void> {
  await request("PUT", `/api/images/${image}/vote/`, {
    body: { desirability, elapsed_ms, alone },
    timeout_ms: SAVE_WAITS_MS,
  });
}

/** Take one's vote on a photo back. */
export async function withdrawVote(image: number): Promise<void> {
  await request("DELETE", `/api/images/${image}/vote/`);
}

export interface Unvoted {
  readonly count: number;
  readonly results: readonly Image[];
}

/** The next photos that want one's vote, and how many there are. */
export function unvoted(project: number): Promise<Unvoted> {
  return json(request("GET", `/api/projects/${project}/unvoted/`));
}
