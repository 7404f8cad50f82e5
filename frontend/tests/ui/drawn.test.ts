import { expect, test } from "vitest";
import { drawn } from "../../src/ui/drawn";

/** A canvas that says what is on it. */
function canvas() {
  let shown: unknown = "before";
  const context = {
    clearRect: () => {
      shown = null;
    },
    drawImage: (picture: unknown) => {
      shown = picture;
    },
  };
  const element = { width: 4, height: 3, getContext: () => context } as unknown as HTMLCanvasElement;
  return { element, shown: () => shown };
}

test("the picture is on its canvas in place of what was there", () => {
  const { element, shown } = canvas();
  const picture = { width: 4, height: 3 } as ImageBitmap;
  drawn(picture)(element);
  expect(shown()).toBe(picture);
});

test("while there is no picture the canvas is empty", () => {
  const { element, shown } = canvas();
  drawn(undefined)(element);
  expect(shown()).toBe(null);
});
