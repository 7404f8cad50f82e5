/** What the parts of a sitting act on: the photo on the bench, and what there is around it. */
import type { Task } from "../../api";
import type { Autosave } from "../../editor/autosave";
import type { Editor } from "../../editor/editor";
import type { Document } from "../../model/annotation";
import type { Journal } from "../../model/journal";
import type { Ballot } from "./ballot.svelte";
import type { Film } from "./film.svelte";
import type { NoteBook } from "./notebook.svelte";
import type { Frame, WorkbenchProps } from "./props";

export type Phase =
  | { readonly is: "loading" }
  | { readonly is: "ready" }
  | { readonly is: "empty" }
  | { readonly is: "elsewhere" }
  | { readonly is: "paused"; readonly words: string }
  | { readonly is: "failed"; readonly words: string };

/** The photo of a task. */
export const frameOf = ({ image }: Task): Frame => ({ image: image.id, file_name: image.file_name });

export interface OpenBench {
  readonly props: WorkbenchProps;
  readonly editor: Editor;
  readonly phase: Phase;
  readonly task: Task | null;
  readonly document: Document;
  readonly ballot: Ballot;
  readonly film: Film;
  readonly notes: NoteBook;
  readonly journal: Journal | null;
  autosave: Autosave | null;
  /** Edits that are on this computer only. */
  readonly unsaved: number;
  /** Whether anything was drawn on this photo, be it undone. */
  readonly hasOperations: boolean;
  readonly progress: { done: number; total: number };
  /** Put a photo on the bench: the chosen one, or what the queue gives. */
  open(image: number | null, address: "push" | "replace" | "keep"): Promise<void>;
  /** What an error means, in words. */
  refusal(error: unknown): string;
  /** Put a sentence on the status line for a while. */
  say(words: string): void;
}
