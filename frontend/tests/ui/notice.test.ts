import { expect, test } from "vitest";
import NoticeLine from "../../src/ui/Notice.svelte";
import { type Notice, noticeOf, takeTold, tellNext } from "../../src/ui/notice";
import { all, click, settled, show, words } from "./page";
import { ApiError, server } from "./server";

test("what is told for the next page is said there once", () => {
  tellNext({ words: "It is done." });
  expect([takeTold(), takeTold()]).toEqual([{ words: "It is done." }, null]);
});

test("a notice has a sentence, where to look, and Undo", async () => {
  let undone = 0;
  const look = { words: "See it", url: "/there/" };
  show(NoticeLine, { notice: { words: "It is closed.", look, undo: () => (undone += 1) } });
  await settled();
  expect([words("[role=status]"), all("a")[0]?.getAttribute("href")]).toEqual([
    "It is closed. See it Undo",
    "/there/",
  ]);
  await click("Undo");
  expect(undone).toBe(1);
});

test("an undo that is refused says why in place of what was told", async () => {
  const said: Notice[] = [];
  server.refuse("request", new ApiError(409, "changed_since", "Somebody has changed it since."));
  const undo = { url: "/api/undo/", said: "It is as before." };
  await noticeOf({ words: "Settled.", undo }, (notice) => said.push(notice)).undo?.();
  expect(said).toEqual([{ words: "Somebody has changed it since.", tone: "error" }]);
});
