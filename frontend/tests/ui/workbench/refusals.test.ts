import { expect, test } from "vitest";
import { ApiError } from "../../../src/api";
import { InvalidDocument } from "../../../src/model/annotation";
import { wordsOf } from "../../../src/ui/workbench/refusals";

test.each([
  [
    new InvalidDocument("Remove the unknown 'shapes'.", "shapes"),
    "The labels of this photo are of a newer kind than this page knows. Reload the page; nothing is lost.",
  ],
  [
    new ApiError(0, "offline", ""),
    "The server does not answer. Your work is kept on this computer; try again in a moment.",
  ],
  [new ApiError(401, "not_authenticated", ""), "Your session has ended. Sign in again to go on."],
  [new ApiError(404, "not_found", "Not found."), "This photo is gone, or it is not yours to label."],
  [new ApiError(409, "lease_over", "Somebody else has it now."), "Somebody else has it now."],
  [new Error("This photo cannot be shown."), "This photo cannot be shown."],
  ["?", "Something went wrong."],
])("%s is told in words", (error, words) => {
  expect(wordsOf(error)).toBe(words);
});
