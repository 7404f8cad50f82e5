import type { LabelImport } from "./calls";

/** What the page of an import starts with. */
export interface Props {
  readonly start: LabelImport;
  readonly levels: readonly { readonly level: number; readonly name: string }[];
  readonly kinds: readonly string[];
  /** Votes and what people call them. */
  readonly votes: Readonly<Record<string, string>>;
  readonly members: readonly string[];
  readonly formats: readonly { readonly name: string; readonly title: string }[];
  readonly can_import: boolean;
  readonly imports_url: string;
  readonly photos_url: string;
  readonly problems_url: string;
}

/** Our own format: its documents are taken as they are, so that nothing is said of the rest. */
export const RELEASE = "smartblur";
