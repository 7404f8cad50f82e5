/** Whether the photos at hand are shown: as the person chose; on a small screen only while they are asked for. */
import { MediaQuery } from "svelte/reactivity";

const CHOICE = "smartblur.film";

export class StripChoice {
  readonly #roomy = new MediaQuery("(min-width: 1200px) and (min-height: 800px)", true);
  #isWanted = $state(localStorage.getItem(CHOICE) !== "hidden");
  #isAskedFor = $state(false);

  get isShown(): boolean {
    return this.#roomy.current ? this.#isWanted : this.#isAskedFor;
  }

  toggle(): void {
    if (!this.#roomy.current) {
      this.#isAskedFor = !this.#isAskedFor;
      return;
    }
    this.#isWanted = !this.#isWanted;
    localStorage.setItem(CHOICE, this.#isWanted ? "shown" : "hidden");
  }
}
