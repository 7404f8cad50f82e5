/** What islands say to the page and to each other: that its numbers may be others now. `live.ts` hears it. */

export const CHANGED = "counts-changed";
const CAME = "photos-came";

/** Say that the page's numbers may be others now. */
export function countsChanged(): void {
  document.dispatchEvent(new Event(CHANGED));
}

/** Say that photos came in or went beside the grid. */
export function photosCame(): void {
  document.dispatchEvent(new Event(CAME));
  countsChanged();
}

/** Call `heard` whenever photos came in or went beside the grid; returns how to stop. */
export function onPhotosCame(heard: () => void): () => void {
  document.addEventListener(CAME, heard);
  return () => document.removeEventListener(CAME, heard);
}
