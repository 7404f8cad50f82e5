import { expect, test } from "vitest";
import type { Prediction } from "../../../src/api";
import Panel from "../../../src/ui/workbench/Panel.svelte";
import type { WorkbenchProps } from "../../../src/ui/workbench/props";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { all, button, click, fill, isPressed, isThere, lines, one, settled, show, words } from "../page";
import { map, square, task } from "../samples";
import { server } from "../server";
import { atBench, draw, label, opened, PROPS, pass, sit } from "./bench";

atBench();

/** Commands that the panel asked for. */
let asked: string[] = [];

async function open(props: Partial<WorkbenchProps> = {}): Promise<Session> {
  asked = [];
  const session = await sit(props);
  const run = (command: string) => {
    asked.push(command);
    session.editor.run(command as never);
  };
  show(Panel, { session, props: { ...PROPS, ...props }, run });
  await measured();
  return session;
}

/** The shares of the levels are as the document is. */
async function measured(): Promise<void> {
  await pass(200);
  await settled();
}

const votes = () =>
  all(".votes [role=radio]").map((each) => [words(each), each.getAttribute("aria-checked")]);

test("the votes stand on top, with their meaning and key; one is chosen at a time", async () => {
  await open();
  await click("OK");
  await click("Bad");
  expect(votes()).toEqual([
    ["Good", "false"],
    ["OK", "false"],
    ["Bad", "true"],
    ["No blur", "false"],
  ]);
  expect([button("Good").dataset.tip, server.askedOf("vote")]).toEqual([
    "The blur helps: it makes the subject stand out.  Shift+1",
    ["vote ok on 1", "vote bad on 1"],
  ]);
});

test("how much of the photo has a level is told, and each level's share", async () => {
  server.now.tasks = [task(1, { document: map(null, square("a", 1)) })];
  const session = await open();
  expect([words(".panel-coverage"), lines(".level-share")]).toEqual([
    "20 % of the photo has a level",
    ["0 %", "20 %", "0 %", "0 %"],
  ]);
  session.editor.setBase(0);
  await measured();
  expect([words(".panel-coverage"), lines(".level-share")]).toEqual([
    "The whole photo has a level",
    ["80 %", "20 %", "0 %", "0 %"],
  ]);
});

test("the button hands the photo in, says so meanwhile, and cannot be pressed twice", async () => {
  const session = await open();
  label(session);
  const release = server.hold("submitAnnotation");
  await click("Submit and next Enter");
  await pass(50);
  await settled();
  expect(button("Submitting Enter").disabled).toBe(true);
  release();
  await pass(500);
  await settled();
  expect([button("Submit and next Enter").disabled, session.task?.image.id]).toEqual([false, 2]);
});

test("while no photo is there nothing of it can be pressed", async () => {
  server.now.tasks = [];
  await open();
  const off = all("button").filter((each) => each.hasAttribute("disabled"));
  expect(off.map((each) => words(each)).slice(0, 5)).toEqual([
    "Good",
    "OK",
    "Bad",
    "No blur",
    "0 Sharp under 0.8 px 0 %",
  ]);
  expect([button("Skip").disabled, button("Pin a note").disabled]).toEqual([true, true]);
});

test("a photo is skipped by its command; the guide opens beside the work", async () => {
  await open();
  await click("Skip");
  expect(asked).toEqual(["skip"]);
  expect(
    all("a").map((link) => [words(link), link.getAttribute("href"), link.getAttribute("target")]),
  ).toEqual([["Guide", "/guide", "_blank"]]);
});

test("a curator's bench says that the photo is settled here: no skip, no notes, and the way back", async () => {
  server.now.settled.set(1, { ...task(1), seen: 0 });
  await open({ image: 1, review_url: "/photos/1" });
  expect([lines("h2")[0], isThere("Settle Enter"), isThere("Skip"), isThere("Pin a note")]).toEqual([
    "You settle this photo",
    true,
    false,
    false,
  ]);
  expect(one<HTMLAnchorElement>("a").getAttribute("href")).toBe("/photos/1");
});

const PREDICTION = {
  model: "v7",
  document: map(0, square("m", 3)),
  probabilities: { none: 20_000, good: 700_000, ok: 180_000, bad: 100_000 },
  no_evidence: map(null, square("a0", 0)),
  no_evidence_ppm: 120_000,
} as unknown as Prediction;

test("what the model thinks of the photo is told only after one's own vote", async () => {
  server.now.tasks = [task(1, {}, { prediction: PREDICTION })];
  await open();
  const note = () => lines(".panel-note").find((each) => each.startsWith("v7"));
  expect(note()).toBe("v7 made a map. Vote first, then its opinion is shown.");
  await click("Bad");
  expect(note()).toBe("v7 says Good, 70 % sure.");
});

test("the model's map is shown, its strength set, and taken as one's own", async () => {
  server.now.tasks = [task(1, {}, { prediction: PREDICTION })];
  const session = await open();
  await click("Show");
  expect([isPressed("Hide"), session.editor.looks.isModelShown]).toEqual([true, true]);
  expect(lines(".panel-note")).toContain("Hatched: nothing to judge by, 12 % of the photo.");
  expect(session.editor.scene().tints[0]?.noEvidence).toEqual(PREDICTION.no_evidence);
  await fill(".slider input", "0.8");
  expect(session.editor.looks.opacity).toBe(0.8);
  await click("Differences");
  expect([isPressed("Differences"), isThere("Show"), words(".model-acts + .panel-note")]).toEqual([
    true,
    true,
    "Brighter is further apart: 1 to 3 levels. Clear where both agree, one says nothing, or nothing is there to judge by.",
  ]);
  await click("Accept");
  expect(session.document.regions.map(({ level }) => level)).toEqual([3]);
  expect(asked).toEqual(["model", "difference", "accept-model"]);
});

test("notes are listed by number and opened by a click", async () => {
  server.now.tasks = [task(1, { notes: [{ id: "n", x: 160, y: 160, text: "The wing?" }] }), task(2)];
  const session = await open();
  expect([lines(".note"), words(".panel-box:last-child h2")]).toEqual([["1The wing?"], "Notes 1"]);
  await click("1The wing?");
  expect(session.notes.draft?.text).toBe("The wing?");
  await click("Pin a note");
  expect(asked).toEqual(["note"]);
  void session.open(2, "push");
  await opened(session);
  await settled();
  expect(lines(".note")).toEqual([]);
});

test("the regions that are drawn are counted", async () => {
  const session = await open();
  expect(lines(".panel-count")).toEqual(["0"]);
  draw(session, "a");
  await settled();
  expect(lines(".panel-count")).toEqual(["1"]);
});

test("what came back stands first with the curator's reason, and its place is marked and shown", async () => {
  const back = { id: 5, reason: "The ear is blurred too.", x: 16 * 90, y: 16 * 70 };
  server.now.tasks = [task(1, {}, { sent_back: back, is_copy: false })];
  const session = await open();
  expect(words(".panel-box")).toBe(
    "Came back to you The ear is blurred too. " +
      "A curator asks you to look again. It counts once you submit it; skip it to decline. Show the place",
  );
  expect(session.editor.scene().pins).toEqual([{ at: { x: 90, y: 70 }, number: "!" }]);
  session.editor.camera.toggleZoom();
  await click("Show the place");
  const { view } = session.editor.camera;
  expect([view.x + 90 * view.scale > 0, view.y + 70 * view.scale > 0]).toEqual([true, true]);
});

test("another person's map is said to be theirs, and a mark is no must", async () => {
  server.now.tasks = [
    task(1, {}, { sent_back: { id: 5, reason: "Once more.", x: null, y: null }, is_copy: true }),
  ];
  const session = await open();
  expect([words(".panel-box h2"), isThere("Show the place"), session.editor.scene().pins]).toEqual([
    "Sent to you",
    false,
    [],
  ]);
});
