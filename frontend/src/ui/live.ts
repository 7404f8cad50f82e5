/**
 * Numbers on a page follow what was done on it: its parts marked `data-live="NAME"` are fetched again from the page's own
 * address, so that the server alone counts. Islands say by `changes.ts` that something changed; while a part with
 * `data-again="SECONDS"` stands, as for what a worker still counts, the page asks by itself.
 */
import { freshPage } from "../api";
import { CHANGED } from "./changes";

const FOCUSABLE = "a, button, input, select, summary";
const TYPED = "input:not([type=checkbox], [type=radio], [type=hidden])";

/** Keep the page's numbers true, also where it is gone back to. */
export function keepLive(page: Document): void {
  let isUnderWay = false;
  let isDue = false;
  let next: ReturnType<typeof setTimeout> | undefined;
  function askAgain(): void {
    const wait = page.querySelector<HTMLElement>("[data-again]")?.dataset.again;
    clearTimeout(next);
    if (wait) next = setTimeout(follow, Number(wait) * 1_000);
  }
  async function follow(): Promise<void> {
    isDue = true;
    if (isUnderWay) return;
    isUnderWay = true;
    while (isDue) {
      isDue = false;
      await refresh(page, () => isDue).catch(() => {}); // the numbers stay as they are until the next change
    }
    isUnderWay = false;
    askAgain();
  }
  page.addEventListener(CHANGED, follow);
  addEventListener("pageshow", ({ persisted }) => persisted && follow());
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (visit?.type === "back_forward") follow(); // the browser may have kept the page as it was
  askAgain();
}

/** Put the parts in as they are now, unless by then something else `isDue`. */
async function refresh(page: Document, isDue: () => boolean): Promise<void> {
  const parts = [...page.querySelectorAll<HTMLElement>("[data-live]")];
  if (parts.length === 0) return;
  const text = await freshPage(location.href);
  if (isDue()) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of parts) {
    const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (other && other.outerHTML !== part.outerHTML) replace(part, page.adoptNode(other));
  }
}

/** Put a part in place of another; the focus stays where it was in it, what was opened in it open, and what is being typed. */
function replace(part: Element, other: Element): void {
  for (const { id } of part.querySelectorAll("details[open][id]"))
    other.querySelector(`#${id}`)?.setAttribute("open", "");
  for (const { name, value, defaultValue } of part.querySelectorAll<HTMLInputElement>(TYPED)) {
    const field = other.querySelector<HTMLInputElement>(`${TYPED}[name="${name}"]`);
    if (field && value !== defaultValue) field.value = value;
  }
  const place = [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement as Element);
  part.replaceWith(other);
  if (place >= 0) other.querySelectorAll<HTMLElement>(FOCUSABLE)[place]?.focus();
}
