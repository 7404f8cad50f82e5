import { expect, test } from "vitest";
import StatusBar from "../../../src/ui/workbench/StatusBar.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { all, click, lines, one, settled, show, words } from "../page";
import { annotation, map, square, task } from "../samples";
import { ApiError, offline, server, signedOut } from "../server";
import { atBench, draw, pass, sit } from "./bench";

atBench();

let asked: string[] = [];

async function open(): Promise<Session> {
  asked = [];
  const session = await sit();
  show(StatusBar, { session, run: (command: string) => asked.push(command) });
  await settled();
  return session;
}

async function wait(ms: number): Promise<void> {
  await pass(ms);
  await settled();
}

const saved = () => [words(".status-saved"), one(".status-saved").dataset.tone];

test("what happens is said, and then what is on the bench", async () => {
  await open();
  expect(words("[role=status]")).toBe("Opened 1.jpg.");
  await wait(7_000);
  expect(words("[role=status]")).toBe("1.jpg, 0 regions");
});

test("an edit is being saved until the server has it", async () => {
  const session = await open();
  expect(saved()).toEqual(["Saved", ""]);
  draw(session, "a");
  await settled();
  expect(saved()).toEqual(["Saving", ""]);
  await wait(2_000);
  expect(saved()).toEqual(["Saved", ""]);
});

test.each([
  [offline(), "Offline – 2 edits kept here", "warning"],
  [signedOut(), "Signed out – 2 edits kept here", "warning"],
  [new ApiError(400, "invalid", "Simplify the outlines."), "Not saved: Simplify the outlines.", "error"],
  [
    new ApiError(409, "stale_revision", "", null, {
      annotation: annotation(101, 1, { document: map(0, square("a", 3)) }),
    }),
    "Two versions – choose",
    "warning",
  ],
])("how safe the work is stands in words: %s", async (error, said, tone) => {
  server.now.tasks = [task(1, { document: map(0, square("a", 1)) })];
  const session = await open();
  server.refuse("saveDraft", error);
  session.editor.store.commit("level", "a", square("a", 2));
  draw(session, "b");
  await wait(1_600);
  expect(saved()).toEqual([said, tone]);
});

test("the zoom is told, as 1:1 where a pixel is a pixel, and is a button", async () => {
  const session = await open();
  expect(words(".status-zoom")).toBe("1:1"); // a small photo is not blown up
  session.editor.run("zoom-toggle");
  await settled();
  expect(words(".status-zoom")).not.toBe("1:1");
  await click(one(".status-zoom"));
  expect(asked).toEqual(["zoom-toggle"]);
});

test("the clock runs while one works", async () => {
  const session = await open();
  const clock = () => lines(".status-item").find((each) => /^\d+:\d\d$/.test(each));
  expect(clock()).toBe("0:00");
  session.worked();
  await wait(12_000);
  expect(clock()).toBe("0:12");
});

test("the clock does not run back for a pause that is not counted", async () => {
  const session = await open();
  const clock = () => lines(".status-item").find((each) => /^\d+:\d\d$/.test(each));
  session.worked();
  await wait(25_000);
  expect(clock()).toBe("0:25");
  await wait(20_000); // that was a pause
  expect(clock()).toBe("0:29");
  session.worked();
  await wait(5_000);
  expect(clock()).toBe("0:29");
  session.worked();
  await wait(26_000);
  expect(clock()).toBe("0:31");
});

test("how many photos are done is told, where there is a goal", async () => {
  await open();
  expect([lines(".status-item").at(-1), one("progress").getAttribute("value")]).toEqual(["3 of 10", "3"]);
  document.body.replaceChildren();
  show(StatusBar, { session: await sit({ progress: null }), run: () => {} });
  expect(all("progress").length).toBe(0);
});

test("before a sitting has begun nothing is said to be saved", () => {
  show(StatusBar, { session: null, run: () => {} });
  expect([all(".status-saved").length, words("[role=status]")]).toEqual([0, ""]);
});
