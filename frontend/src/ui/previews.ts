/** Previews that a worker still makes: nothing stands in the place of one until it is there, or was asked for long enough. */
const PREVIEW = /\/api\/images\/\d+\/preview\/$/;
const LONGEST_WAIT_MS = 10_000;
const MOST_TRIES = 40; // six minutes

/** Ask again for what is not there yet, on the whole page and whatever comes into it. */
export function awaitPreviews(page: Document): void {
  const tries = new WeakMap<HTMLImageElement, number>();

  function askAgain(picture: EventTarget | null): void {
    if (!(picture instanceof HTMLImageElement) || !PREVIEW.test(picture.src)) return;
    const tried = (tries.get(picture) ?? 0) + 1;
    tries.set(picture, tried);
    picture.style.opacity = tried < MOST_TRIES ? "0" : ""; // its name stays
    if (tried === MOST_TRIES) return;
    setTimeout(
      () => {
        if (picture.isConnected) picture.setAttribute("src", picture.src);
      },
      Math.min(tried * 1_000, LONGEST_WAIT_MS),
    );
  }

  page.addEventListener("error", ({ target }) => askAgain(target), true);
  page.addEventListener(
    "load",
    ({ target }) => {
      if (target instanceof HTMLImageElement && tries.delete(target)) target.style.opacity = "";
    },
    true,
  );
  for (const picture of page.querySelectorAll("img"))
    if (picture.complete && picture.naturalWidth === 0) askAgain(picture); // before this script came
}
