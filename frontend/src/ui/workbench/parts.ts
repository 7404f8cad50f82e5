/** The parts of the bench between which F6 moves the focus: Tab stays with the regions while the photo has it. */
const PARTS = [".bench-canvas", ".panel", ".film", ".rail"];
const FOCUSABLE = "button:not(:disabled), a[href], [tabindex='0']";

/** Move the focus to the next part, or with -1 to the one before; the first follows the last. */
export function stepPart(step: 1 | -1): void {
  const parts = PARTS.flatMap((part) => document.querySelector(part) ?? []);
  const at = parts.findIndex((part) => part.contains(document.activeElement));
  const next = parts.at(at < 0 ? 0 : (at + step) % parts.length);
  const first = next?.matches(FOCUSABLE) ? next : next?.querySelector(FOCUSABLE);
  (first as HTMLElement | null | undefined)?.focus();
}
