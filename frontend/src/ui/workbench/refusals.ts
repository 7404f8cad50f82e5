/** What went wrong, in words for the person at the workbench. */
import { ApiError } from "../../api";
import { InvalidDocument } from "../../model/annotation";
import { t } from "../../model/language";

export function wordsOf(error: unknown): string {
  if (error instanceof InvalidDocument)
    return t(
      "The labels of this photo are of a newer kind than this page knows. Reload the page; nothing is lost.",
    );
  if (!(error instanceof ApiError))
    return error instanceof Error ? error.message : t("Something went wrong.");
  if (error.status === 0)
    return t("The server does not answer. Your work is kept on this computer; try again in a moment.");
  if (error.isSignedOut) return t("Your session has ended. Sign in again to go on.");
  if (error.status === 404) return t("This photo is gone, or it is not yours to label.");
  return error.detail;
}
