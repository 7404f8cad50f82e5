import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awaitPreviews } from "../../src/ui/previews";

awaitPreviews(document);

const asked: string[] = [];

/** A picture in the page, whose further askings are written down. */
function picture(src: string): HTMLImageElement {
  const found = document.createElement("img");
  found.setAttribute("src", src);
  document.body.append(found);
  const set = found.setAttribute.bind(found);
  found.setAttribute = (name: string, value: string) => {
    if (name === "src") asked.push(new URL(value).pathname);
    else set(name, value);
  };
  return found;
}

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

test("a preview that is not made yet is asked for again, and is not seen until it is there", async () => {
  const preview = picture("/api/images/7/preview/");
  preview.dispatchEvent(new Event("error"));
  expect(preview.style.opacity).toBe("0");
  await vi.advanceTimersByTimeAsync(1_000);
  preview.dispatchEvent(new Event("error"));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(asked).toEqual(["/api/images/7/preview/"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(2);
  preview.dispatchEvent(new Event("load"));
  expect(preview.style.opacity).toBe("");
});

test("after six minutes its words are shown instead", async () => {
  const preview = picture("/api/images/7/preview/");
  for (let tries = 0; tries < 40; tries++) {
    preview.dispatchEvent(new Event("error"));
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect([asked.length, preview.style.opacity]).toEqual([39, ""]);
});

test.each(["/static/icon.png", "/api/images/7/file/"])("%s is not asked for again", async (src) => {
  picture(src).dispatchEvent(new Event("error"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([]);
});

test("one that has left the page is not asked for again", async () => {
  const preview = picture("/api/images/7/preview/");
  preview.dispatchEvent(new Event("error"));
  preview.remove();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([]);
});
