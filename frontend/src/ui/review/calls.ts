/** What is asked of the API about maps beside each other. */
import {
  type Annotation,
  type Answer,
  type Image,
  json,
  request,
  type Schemas,
  type WithDocument,
} from "../../api";
import type { Document } from "../../model/annotation";

export type Difference = Answer<Schemas["DifferenceOutput"]>;
export type Differences = Pick<Answer<Schemas["DifferencesOutput"]>, "annotations" | "differences">;

/** Anybody's work that one may see. */
export function annotationOf(annotation: number): Promise<Annotation> {
  return json(request("GET", `/api/annotations/${annotation}/`));
}

/** Where people's maps of a photo part, the largest place first. */
export function differencesOf(image: number): Promise<Differences> {
  return json(request("GET", `/api/images/${image}/differences/`));
}

export type Dispute = Omit<Answer<Schemas["DisputeOutput"]>, "people" | "merged" | "image"> & {
  readonly image: Image;
  readonly people: readonly WithDocument<Answer<Schemas["SidePersonOutput"]>>[];
  readonly merged: Document;
};

/** All that a curator settles a photo by. */
export function disputeOf(image: number): Promise<Dispute> {
  return json(request("GET", `/api/images/${image}/dispute/`));
}

export type StreamDecision = Readonly<Schemas["DecisionInputRequest"]>;

/** Let a map and a word hold for a photo; the same act twice is one, and it outlives the page. */
export async function decideDispute(image: number, decision: StreamDecision): Promise<void> {
  await request("POST", `/api/images/${image}/decision/`, { body: decision });
}

/** Make a photo the dispute again that it was; the revision of what holds now. */
export async function undoDecision(image: number, act: string): Promise<number> {
  const answer = request("POST", `/api/images/${image}/decision/${act}/undo/`);
  return (await json<{ revision: number }>(answer)).revision;
}
