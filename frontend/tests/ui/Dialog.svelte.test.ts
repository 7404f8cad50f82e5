import { createRawSnippet } from "svelte";
import { beforeEach, expect, test } from "vitest";
import Dialog from "../../src/ui/Dialog.svelte";
import { all, one, settled, show, words } from "./page";

const children = createRawSnippet(() => ({ render: () => `<button class="inside">Go on</button>` }));
let closed = 0;

/** A dialog over a page with a button that had the focus, and the page's main place. */
async function open(more: { dismissible?: boolean; open?: boolean } = {}) {
  document.body.innerHTML = `<button id="before"></button><p id="home" data-focus-home tabindex="0"></p><div id="island"></div>`;
  one("#before").focus();
  const props = $state({ open: true, title: "Keys", children, onclose: () => (closed += 1), ...more });
  show(Dialog, props, one("#island"));
  await settled();
  return props;
}

const dialog = () => one<HTMLDialogElement>("dialog");

async function close(): Promise<void> {
  (document.activeElement as HTMLElement).blur(); // as a browser does
  dialog().close();
  await settled();
}

beforeEach(() => {
  closed = 0;
});

test("it is named by its title and holds what is put in", async () => {
  await open();
  expect([dialog().open, words("h2"), dialog().getAttribute("aria-labelledby")]).toEqual([
    true,
    "Keys",
    one("h2").id,
  ]);
  expect(words(".inside")).toBe("Go on");
});

test("closed, it holds nothing and says so once", async () => {
  await open();
  await close();
  expect([dialog().open, all("h2").length, closed]).toEqual([false, 0, 1]);
});

test("it opens and closes as it is told", async () => {
  const props = await open({ open: false });
  expect(dialog().open).toBe(false);
  props.open = true;
  await settled();
  expect(dialog().open).toBe(true);
  props.open = false;
  await settled();
  expect(dialog().open).toBe(false);
});

test("the focus goes back to what had it", async () => {
  await open();
  await close();
  expect(document.activeElement?.id).toBe("before");
});

test("where that is gone, the page's main place has it", async () => {
  await open();
  one("#before").remove();
  await close();
  expect(document.activeElement?.id).toBe("home");
});

test.each([
  [true, false, false],
  [false, true, true],
])("a click beside it and Escape close it only if it may be (%s)", async (dismissible, isOpen, isHeld) => {
  await open({ dismissible });
  const cancel = new Event("cancel", { cancelable: true });
  dialog().dispatchEvent(cancel);
  dialog().click();
  await settled();
  expect([dialog().open, cancel.defaultPrevented]).toEqual([isOpen, isHeld]);
});

test("a click within it closes nothing", async () => {
  await open();
  one(".inside").click();
  await settled();
  expect(dialog().open).toBe(true);
});
