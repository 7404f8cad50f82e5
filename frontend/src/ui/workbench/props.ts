/** What the server gives the workbench along with the page. */
import type { Project } from "../../api";
import type { Pen } from "../../editor/pointers";
import type { Keys } from "../../editor/shortcuts";

/** A photo as far as a small picture of it needs to know. */
export interface Frame {
  readonly image: number;
  readonly file_name: string;
}

export interface WorkbenchProps {
  readonly project: Project;
  readonly user: { readonly id: number; readonly name: string };
  readonly image: number | null;
  readonly progress?: { readonly done: number; readonly total: number } | null;
  /** The photos that the person handed in before this visit, the last one last. */
  readonly past?: readonly Frame[];
  /** The keys that the person moved. */
  readonly keys: Keys;
  /** Whether fingers only move the photo: once a pen was seen, always, never. */
  readonly pen: Pen;
  /** The page of the photo that a curator settles here; without it, photos are labelled. */
  readonly review_url?: string;
  /** The usual reasons of a curator's decision, in words. */
  readonly reasons?: readonly string[];
  /** Whether the eye is warmed up now and then. */
  readonly warm_up: "on" | "off";
  readonly guide_url: string;
  readonly settings_url: string;
  readonly vote_url: string;
  readonly home_url: string;
  readonly sign_in_url: string;
}
