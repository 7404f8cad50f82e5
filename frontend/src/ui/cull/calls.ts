/** What is asked of the API while a shoot is culled. */
import { request, type Schemas } from "../../api";

export type Decided = Schemas["TrialDecisionInputRequest"];
export type Decision = Decided["decision"];

/** Keep or reject photos, all of them or none. */
export async function putDecisions(url: string, photos: readonly Decided[]): Promise<void> {
  await request("PUT", url, { body: { photos } });
}
