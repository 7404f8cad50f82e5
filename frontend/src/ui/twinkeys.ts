/** Keys of the page that goes through photos that look alike: the one to keep, the decision, and taking it back. */
import { chordOf } from "../model/chord";
import { isForPage } from "./pagekeys";

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** Give the page its keys: digits keep one photo alone, arrows go from photo to photo, others press what bears them. */
export function takeTwinKeys(page: HTMLElement): void {
  const boxes = [...page.querySelectorAll<HTMLInputElement>("input[name=keep]")];

  function keepAlone(kept: HTMLInputElement): void {
    for (const box of boxes) box.checked = box === kept;
    kept.focus();
  }

  page.ownerDocument.addEventListener("keydown", (event) => {
    if (!isForPage(event) || event.repeat) return;
    const chord = chordOf(event);
    const chosen = /^[1-9]$/.test(chord) ? boxes[Number(chord) - 1] : undefined;
    const step = STEPS[chord];
    const pressed = pressedBy(chord, event.target as Element);
    if (chosen) keepAlone(chosen);
    else if (step) boxes.at((boxes.indexOf(event.target as HTMLInputElement) + step) % boxes.length)?.focus();
    else if (pressed) pressed.click();
    else return;
    event.preventDefault();
  });

  function pressedBy(chord: string, target: Element): HTMLElement | null {
    if (chord === "u" || chord === "Ctrl+z") return document.querySelector(".notices form button");
    if (chord === "Enter" && target.closest("a, button, summary")) return null;
    return /^[a-z]$|^Enter$/.test(chord) ? page.querySelector(`[data-key=${chord}]`) : null;
  }
}
