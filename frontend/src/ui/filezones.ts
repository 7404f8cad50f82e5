/** Zones that photos are dropped on: each says what was chosen in our words, in place of the browser's. */
import { t, tn } from "../model/language";

export function dressZones(page: Document): void {
  for (const zone of page.querySelectorAll<HTMLElement>(".try-drop")) {
    const field = zone.querySelector<HTMLInputElement>("input[type=file]");
    const words = zone.querySelector("[data-chosen]");
    if (!field || !words) continue;
    zone.classList.add("dressed");
    const tell = () => {
      words.textContent = namesOf([...(field.files ?? [])]);
    };
    field.addEventListener("change", tell);
    tell(); // a page that was gone back to still has its files
  }
}

function namesOf(files: readonly File[]): string {
  const [first] = files;
  if (!first) return t("Nothing chosen yet");
  return files.length === 1
    ? first.name
    : tn("%(count)s file chosen", "%(count)s files chosen", files.length);
}
