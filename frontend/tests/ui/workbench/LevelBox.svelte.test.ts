import { expect, test } from "vitest";
import LevelBox from "../../../src/ui/workbench/LevelBox.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { all, click, fill, lines, one, settled, show, words } from "../page";
import { LEVELS } from "../samples";
import { server } from "../server";
import { atBench, draw, sit } from "./bench";

atBench();

async function open(): Promise<Session> {
  const session = await sit();
  const run = (command: string) => session.editor.run(command as never);
  show(LevelBox, { session, levels: LEVELS, shares: [0.5, 0.2, 0, 0, 0.3], run });
  await settled();
  return session;
}

const chosen = () =>
  all("[role=radio][aria-checked=true]").map((each) => words(each.querySelector(".level-name") as Element));

test("each level stands with its digit, name, range and share of the photo", async () => {
  await open();
  expect(lines("[role=radio]")).toEqual([
    "0 Sharp under 0.8 px 50 %",
    "1 Low 0.8–2.4 px 20 %",
    "2 Medium 2.4–4.8 px 0 %",
    "3 High over 4.8 px 0 %",
  ]);
  expect(one("[role=radio]").dataset.tip).toBe("Width of the blur on a photo 1024 px long: under 0.8 px");
});

test("swatches stand as far apart on the ramp as levels do", async () => {
  await open();
  expect(all(".swatch").map((each) => each.dataset.ramp)).toEqual(["0", "2", "5", "7"]);
});

test("a level is taken in hand, and with the select tool the chosen region gets it", async () => {
  const session = await open();
  expect(chosen()).toEqual(["Medium"]);
  draw(session, "a", 2);
  session.editor.use("select");
  session.editor.show("a");
  await click(one(".level:last-child"));
  expect([chosen(), session.editor.store.region("a")?.level]).toEqual([["High"], 3]);
});

test("a level for the next region can be given to the chosen one by a button, which then goes", async () => {
  const session = await open();
  draw(session, "a", 2);
  session.editor.select("a");
  await click(one(".level:last-child"));
  const button = () => document.querySelector<HTMLButtonElement>(".panel-box > button");
  expect(button()?.textContent?.trim().replace(/\s+/g, " ")).toBe("Give the chosen region this level C");
  await click(button() as HTMLButtonElement);
  expect([session.editor.store.region("a")?.level, button()]).toEqual([3, null]);
});

test("the level of the chosen region is the one in hand", async () => {
  const session = await open();
  draw(session, "a", 1);
  session.editor.show("a");
  await settled();
  expect(chosen()).toEqual(["Low"]);
});

test("the rest of the photo gets a level, or none again", async () => {
  const session = await open();
  expect([one<HTMLSelectElement>("select").value, lines("option")]).toEqual([
    "",
    ["No level yet", "0 Sharp", "1 Low", "2 Medium", "3 High"],
  ]);
  await fill("select", "0");
  expect(session.document.base).toBe(0);
  session.editor.run("undo");
  await settled();
  expect(one<HTMLSelectElement>("select").value).toBe("");
  await fill("select", "3");
  await fill("select", "");
  expect(session.document.base).toBe(null);
});

test("without a photo no level can be chosen", async () => {
  server.now.tasks = [];
  await open();
  expect(all("button, select").every((each) => each.hasAttribute("disabled"))).toBe(true);
});
