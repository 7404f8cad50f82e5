import { beforeEach, expect, test, vi } from "vitest";
import SettleDialog from "../../../src/ui/workbench/SettleDialog.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import type { Settling } from "../../../src/ui/workbench/settling.svelte";
import { click, fill, isPressed, one, settled, show, submit, words } from "../page";
import { task } from "../samples";
import { ApiError, server } from "../server";
import { atBench, pass, sit } from "./bench";

atBench();

const REASONS = ["The subject is sharp.", "The subject is blurred."];

async function open(): Promise<Session> {
  const session = await sit({ image: 1, review_url: "/photos/1", reasons: REASONS });
  session.setVote("bad");
  show(SettleDialog, { session, settling: session.settling as Settling });
  session.settling?.ask();
  await settled();
  return session;
}

const reason = () => one<HTMLInputElement>("#settle-reason").value;

beforeEach(() => {
  vi.spyOn(location, "assign").mockImplementation(() => {});
  server.now.settled.set(1, { ...task(1), seen: 4 });
});

test("the dialog says what will hold, with the vote in words, and asks for the reason", async () => {
  await open();
  expect([words("h2"), words("p.row"), words("label")]).toEqual([
    "Settle this photo",
    "What the blur does: Bad",
    "Why is it so?",
  ]);
  expect([one<HTMLInputElement>("#settle-reason").required, one("dialog").getAttribute("open")]).toEqual([
    true,
    "",
  ]);
});

test("a usual reason is put beside what is typed, and taken out again", async () => {
  await open();
  await fill("#settle-reason", "Look at the wing.");
  await click("The subject is blurred.");
  expect([reason(), isPressed("The subject is blurred."), isPressed("The subject is sharp.")]).toEqual([
    "Look at the wing. The subject is blurred.",
    true,
    false,
  ]);
  await click("The subject is blurred.");
  expect(reason()).toBe("Look at the wing.");
});

test("the reason goes with the decision, without the spaces around it", async () => {
  await open();
  await fill("#settle-reason", "  The wing.  ");
  await submit();
  await pass(50);
  expect(server.decisions).toEqual([
    { annotation: 101, act_id: expect.any(String), desirability: "bad", reason: "The wing.", seen: 4 },
  ]);
});

test("a refusal is told in the dialog, with what was typed", async () => {
  await open();
  server.refuse("settlePhoto", new ApiError(409, "settled_meanwhile", "Bea settled it. Settle again?"));
  await fill("#settle-reason", "Mine");
  await submit();
  await pass(50);
  await settled();
  expect([words("[role=alert]"), reason()]).toEqual(["Bea settled it. Settle again?", "Mine"]);
});

test("one may go on drawing", async () => {
  const session = await open();
  await click("Go on drawing");
  expect([session.settling?.isAsked, one<HTMLDialogElement>("dialog").open, server.decisions]).toEqual([
    false,
    false,
    [],
  ]);
});
