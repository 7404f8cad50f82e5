import { expect, test, vi } from "vitest";
import { countsChanged } from "../../src/ui/changes";
import { keepLive } from "../../src/ui/live";
import { settled } from "./page";
import { offline, server } from "./server";

keepLive(document);

const tab = (count: number) =>
  `<nav data-live="tabs"><a href="/a">New ${count}</a><a href="/b">All ${count}</a></nav>`;

test("parts that count are those of the page as it is now, and the focus stays", async () => {
  document.body.innerHTML = `${tab(22)}<p>22 as it was</p>`;
  document.querySelectorAll("a")[1]?.focus();
  server.now.pages.set(location.href, `<html><body>${tab(20)}<p>20</p></body></html>`);
  countsChanged();
  await settled();
  expect(document.body.textContent).toBe("New 20All 2022 as it was");
  expect(document.activeElement?.textContent).toBe("All 20");
});

test("an answer that something was done after is not shown, and what is being typed stays", async () => {
  const filters = (ticked: string) =>
    `<form data-live="filters"><input name="q" value=""><p>${ticked}</p></form>`;
  document.body.innerHTML = filters("none");
  const field = document.querySelector("input") as HTMLInputElement;
  field.focus();
  field.value = "photo-3";
  const shown: (string | null)[] = [];
  new MutationObserver(() => shown.push(document.body.textContent)).observe(document.body, {
    childList: true,
  });
  const release = server.hold("freshPage");
  for (const ticked of ["one", "two"]) {
    server.now.pages.set(location.href, filters(ticked));
    countsChanged();
  }
  release();
  await settled();
  await settled();
  expect([shown, server.asked.length]).toEqual([["two"], 2]);
  expect((document.activeElement as HTMLInputElement).value).toBe("photo-3");
});

test("without an answer the numbers stay", async () => {
  document.body.innerHTML = tab(22);
  server.refuse("freshPage", offline());
  countsChanged();
  await settled();
  expect(document.body.textContent).toBe("New 22All 22");
});

test("a page without such parts is not asked for", async () => {
  document.body.innerHTML = "<p>Nothing counts</p>";
  countsChanged();
  await settled();
  expect(server.asked).toEqual([]);
});

test("while something says that it is still counted the page asks by itself", async () => {
  vi.useFakeTimers();
  document.body.innerHTML = `<div data-live="charts"><p data-again="5">2 are counted</p></div>`;
  server.now.pages.set(location.href, document.body.innerHTML.replace("2", "1"));
  countsChanged();
  await vi.advanceTimersByTimeAsync(0);
  expect(document.body.textContent).toBe("1 are counted");
  server.now.pages.set(location.href, `<div data-live="charts">All of them</div>`);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(document.body.textContent).toBe("1 are counted");
  await vi.advanceTimersByTimeAsync(200);
  expect(document.body.textContent).toBe("All of them");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked.length).toBe(2);
  vi.useRealTimers();
});
