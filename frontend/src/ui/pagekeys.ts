/** Which key presses are a page's own, and which are typed into a field or meant for a dialog. */

/** Whether it is typed into a field. */
export function isTyped({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;
}

/** Whether a page may take it: nothing else has, and no dialog stands over the page, wherever the focus is. */
export function isForPage(event: KeyboardEvent): boolean {
  return !event.defaultPrevented && !isTyped(event) && document.querySelector("dialog[open]") === null;
}
