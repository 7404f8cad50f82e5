/** What an act came to: a sentence, where to look, the way to take it back. The pages' is annotate/pages/notices.py. */
import { ApiError, request } from "../api";
import { t } from "../model/language";

export interface Notice {
  readonly words: string;
  readonly tone?: "success" | "info" | "warning" | "error";
  readonly look?: { readonly words: string; readonly url: string };
  readonly undo?: () => unknown;
}

/** A notice for the page that comes next: its undo is an address that is posted to, and what is said after. */
export interface Told {
  readonly words: string;
  readonly undo?: { readonly url: string; readonly said: string };
}

const KEY = "told";

/** Say it on top of the page that is opened next in this tab. */
export function tellNext(told: Told): void {
  sessionStorage.setItem(KEY, JSON.stringify(told));
}

/** What the page before wanted said here, once. */
export function takeTold(): Told | null {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return kept === null ? null : (JSON.parse(kept) as Told);
}

/** The notice of what was told; its undo opens the page anew. */
export function noticeOf({ words, undo }: Told, show: (notice: Notice) => void): Notice {
  if (!undo) return { words };
  return {
    words,
    undo: async () => {
      try {
        await request("POST", undo.url);
        tellNext({ words: undo.said });
        location.reload();
      } catch (error) {
        show({ words: refusalWords(error), tone: "error" });
      }
    },
  };
}

/** A refusal as a sentence. */
export function refusalWords(error: unknown): string {
  return error instanceof ApiError ? error.detail : t("The server does not answer.");
}
