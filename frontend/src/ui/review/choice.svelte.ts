/** What a curator says of one dispute before it is settled. */

import type { Desirability } from "../../model/annotation";
import { t } from "../../model/language";
import type { Dispute, StreamDecision } from "./calls";

export interface UsualReason {
  readonly value: string;
  readonly sentence: string;
}

/** The annotation whose map it is, or all of them merged. */
export type ChosenMap = number | "merged";

export class Choice {
  verdict = $state<Desirability | null>(null);
  map = $state<ChosenMap | null>(null);
  /** Whose word is taken at which place. */
  takes = $state.raw<ReadonlyMap<number, number>>(new Map());
  ticked = $state.raw<ReadonlySet<string>>(new Set());
  /** The reason in the curator's own words. */
  words = $state("");
  /** Why it was not taken, in words. */
  refusal = $state("");

  /** What nobody disputes is chosen already. */
  constructor(
    readonly dispute: Dispute,
    private readonly usual: readonly UsualReason[],
  ) {
    const votes = new Set(dispute.people.map(({ vote }) => vote).filter((vote) => vote !== ""));
    const [vote] = votes;
    if (vote && votes.size === 1) this.verdict = vote;
    if (dispute.differences.length === 0) this.map = "merged";
  }

  tick(reason: string): void {
    const ticked = new Set(this.ticked);
    if (!ticked.delete(reason)) ticked.add(reason);
    this.ticked = ticked;
  }

  /** Take a person's map of one place, or no longer. */
  take(place: number, annotation: number): void {
    this.takes = toggled(this.takes, place, annotation);
  }

  /** Take a person's map of the place, whatever was taken there. */
  takeAlways(place: number, annotation: number): void {
    this.takes = new Map(this.takes).set(place, annotation);
  }

  get reason(): string {
    const sentences = this.usual
      .filter(({ value }) => this.ticked.has(value))
      .map(({ sentence }) => sentence);
    return [...sentences, this.words.trim()].filter(Boolean).join(" ");
  }

  /** What is missing or contradicts itself, in words; "" where it can be settled. */
  get lack(): string {
    if (this.map === null) return t("Choose a map: 1, 2, … a person’s, 0 the merged one.");
    if (this.verdict === null) return t("Say what the blur does: Shift and 1, 2, 3 or 0.");
    if (this.takes.size === 0 && this.#isBlurred !== (this.verdict !== "none"))
      return this.#isBlurred
        ? t("There is blur on the map that you chose, so the word cannot be “No blur”.")
        : t("There is no blur on the map that you chose, so the word must be “No blur”.");
    if (this.reason === "") return t("Tick a reason: A, G or S.");
    return "";
  }

  get #isBlurred(): boolean {
    if (this.map === "merged") return this.dispute.is_merged_blurred;
    return this.dispute.people.find(({ annotation }) => annotation === this.map)?.is_blurred ?? false;
  }

  /** What is sent, once nothing is lacking. */
  decision(act_id: string, seen: number): StreamDecision {
    return {
      act_id,
      annotation: this.map === "merged" ? null : this.map,
      takes: [...this.takes].map(([place, annotation]) => ({ place, annotation })),
      desirability: this.verdict as Desirability,
      reason: this.reason,
      seen,
    };
  }
}

/** With a person's map taken of a place, or no longer if it was. */
export function toggled(
  takes: ReadonlyMap<number, number>,
  place: number,
  annotation: number,
): ReadonlyMap<number, number> {
  const others = new Map(takes);
  if (takes.get(place) === annotation) others.delete(place);
  else others.set(place, annotation);
  return others;
}
