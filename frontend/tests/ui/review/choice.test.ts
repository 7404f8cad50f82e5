import { expect, test } from "vitest";
import type { Dispute } from "../../../src/ui/review/calls";
import { Choice } from "../../../src/ui/review/choice.svelte";
import { dispute, REASONS } from "../samples";

const choiceOf = (more: Partial<Dispute> = {}) => new Choice(dispute(1, more), REASONS);

test("what nobody disputes is chosen already", () => {
  const [ada, bea] = dispute(1).people;
  const alike = [ada, { ...bea, vote: "good" }] as Dispute["people"];
  expect([choiceOf().verdict, choiceOf().map]).toEqual([null, null]);
  expect(choiceOf({ people: alike }).verdict).toBe("good");
  expect(choiceOf({ differences: [] }).map).toBe("merged");
});

test("what is lacking is told one by one, the map first", () => {
  const choice = choiceOf();
  expect(choice.lack).toBe("Choose a map: 1, 2, … a person’s, 0 the merged one.");
  choice.map = 11;
  expect(choice.lack).toBe("Say what the blur does: Shift and 1, 2, 3 or 0.");
  choice.verdict = "ok";
  expect(choice.lack).toBe("Tick a reason: A, G or S.");
  choice.tick("slip");
  expect(choice.lack).toBe("");
});

test("a word that contradicts the chosen map is refused before it is sent", () => {
  const choice = choiceOf();
  choice.map = 11;
  choice.verdict = "none";
  expect(choice.lack).toBe("There is blur on the map that you chose, so the word cannot be “No blur”.");
  choice.map = 12;
  choice.verdict = "bad";
  expect(choice.lack).toBe("There is no blur on the map that you chose, so the word must be “No blur”.");
  choice.take(0, 11); // with a place of another's only the server knows
  expect(choice.lack).toBe("Tick a reason: A, G or S.");
});

test("reasons stand in their usual order before one's own words, and a second tick takes one out", () => {
  const choice = choiceOf();
  choice.tick("slip");
  choice.tick("ambiguous");
  choice.words = " The cup is sharp. ";
  expect(choice.reason).toBe("The photo is ambiguous. It was a slip. The cup is sharp.");
  choice.tick("slip");
  expect(choice.reason).toBe("The photo is ambiguous. The cup is sharp.");
});

test("a decision is sent with the places taken from others; the merged map has no number", () => {
  const choice = choiceOf();
  choice.map = "merged";
  choice.verdict = "ok";
  choice.tick("slip");
  choice.take(0, 12);
  const said = { act_id: "a", desirability: "ok", reason: "It was a slip.", seen: 3 };
  expect(choice.decision("a", 3)).toEqual({
    ...said,
    annotation: null,
    takes: [{ place: 0, annotation: 12 }],
  });
  choice.take(0, 12);
  choice.map = 11;
  expect(choice.decision("a", 3)).toEqual({ ...said, annotation: 11, takes: [] });
});
