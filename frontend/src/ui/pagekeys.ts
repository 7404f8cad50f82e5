/** Which key presses are a page's own, and which are typed into a field or meant for a dialog. */

const FIELDS = "input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]";

/** Whether it is typed into a field; one that is only ticked takes no letters. */
export function isTyped({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest(FIELDS) !== null;
}

/** Whether a page may take it: nothing else has, and no dialog stands over the page, wherever the focus is. */
export function isForPage(event: KeyboardEvent): boolean {
  return !event.defaultPrevented && !isTyped(event) && document.querySelector("dialog[open]") === null;
}
