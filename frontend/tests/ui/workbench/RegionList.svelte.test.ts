import { expect, test } from "vitest";
import { paintingOrder } from "../../../src/model/annotation";
import RegionList from "../../../src/ui/workbench/RegionList.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { all, click, fill, isThere, lines, one, press, settled, show, words } from "../page";
import { LEVELS, map, square, task } from "../samples";
import { server } from "../server";
import { atBench, sit } from "./bench";

atBench();

const REGIONS = [square("a", 1), square("b", 2, 50, 30), { ...square("c", 3), kind: "shake" } as const];

async function open(...regions: typeof REGIONS): Promise<Session> {
  server.now.tasks = [task(1, { document: map(0, ...regions) })];
  const session = await sit();
  show(RegionList, { session, levels: LEVELS });
  await settled();
  return session;
}

const selected = () => all("[role=option][aria-selected=true]").map(words);

test("regions are listed, topmost first, with number, level and kind", async () => {
  await open(...REGIONS);
  expect([words("h2"), lines("[role=option]")]).toEqual([
    "Regions 3",
    ["Region 3 level 3, camera shake", "Region 2 level 2, out of focus", "Region 1 level 1, out of focus"],
  ]);
  expect(one("[role=listbox]").getAttribute("aria-label")).toBe("Regions, topmost first");
});

test("where nothing is drawn it says how to begin", async () => {
  await open();
  expect([words("p"), all("[role=listbox]").length]).toEqual([
    "Draw around a blurred area: click its corners, or drag around it.",
    0,
  ]);
});

test("a click chooses a region to be edited, here and on the photo", async () => {
  const session = await open(...REGIONS);
  await click(one("#region-b"));
  expect([session.editor.selected?.id, session.editor.tool.name, selected()]).toEqual([
    "b",
    "select",
    ["Region 2 level 2, out of focus"],
  ]);
  expect(one("[role=listbox]").getAttribute("aria-activedescendant")).toBe("region-b");
});

test("arrow keys, Home and End walk the list and stay in it", async () => {
  const session = await open(...REGIONS);
  one("[role=listbox]").focus();
  const at: (string | undefined)[] = [];
  for (const key of [
    "ArrowDown",
    "ArrowDown",
    "ArrowDown",
    "ArrowDown",
    "ArrowUp",
    "Home",
    "ArrowUp",
    "End",
  ]) {
    await press(key);
    at.push(session.editor.selected?.id);
  }
  expect(at).toEqual(["c", "b", "a", "a", "b", "c", "c", "a"]);
  expect(await press("x")).toBe(false);
});

test("the chosen region's kind is changed, and it is deleted, each one step of undo", async () => {
  const session = await open(...REGIONS);
  expect([isThere("Delete the region"), all("select").length]).toEqual([false, 0]);
  await click(one("#region-a"));
  expect(lines("option")).toEqual(["Out of focus", "Moving subject", "Camera shake", "Not sure"]);
  await fill("select", "motion");
  expect([session.editor.store.region("a")?.kind, selected()]).toEqual([
    "motion",
    ["Region 1 level 1, moving subject"],
  ]);
  await click("Delete the region");
  expect(lines("[role=option]").length).toBe(2);
  session.editor.run("undo");
  session.editor.run("undo");
  await settled();
  expect(paintingOrder(session.document)).toEqual(map(0, ...REGIONS).regions);
});

test("before a sitting has begun the list is empty", async () => {
  show(RegionList, { session: null, levels: LEVELS });
  expect(words("h2")).toBe("Regions 0");
});
