import { expect, test } from "vitest";
import RestDialog from "../../../src/ui/workbench/RestDialog.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { click, one, settled, show, tick, words } from "../page";
import { server } from "../server";
import { atBench, draw, pass, sit } from "./bench";

atBench();

/** A photo of which a part has no level is handed in. */
async function open(): Promise<Session> {
  const session = await sit();
  show(RestDialog, { session });
  draw(session, "a");
  session.setVote("good");
  void session.submission.submit();
  await pass(50);
  await settled();
  return session;
}

const bases = () => server.drafts.map(({ draft }) => draft.document.base);
const isOpen = () => one<HTMLDialogElement>("dialog").open;

test.each([
  ["The rest is sharp Enter", 0],
  ["Leave it without a level", null],
])("%s: so it is handed in", async (answer, base) => {
  await open();
  expect([isOpen(), words("h2")]).toEqual([true, "What about the rest of the photo?"]);
  await click(answer);
  await pass(500);
  await settled();
  expect([isOpen(), bases().at(-1), server.handedIn]).toEqual([false, base, [101]]);
});

test("who wants it always so is remembered", async () => {
  await open();
  await tick("#always-sharp");
  await click("The rest is sharp Enter");
  expect(localStorage.getItem("smartblur.fill-rest")).toBe("sharp");
});

test("closed without an answer nothing is handed in", async () => {
  const session = await open();
  one<HTMLDialogElement>("dialog").close();
  await settled();
  expect([session.submission.isRestInDoubt, server.handedIn]).toEqual([false, []]);
});
