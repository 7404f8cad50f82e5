import { expect, test } from "vitest";
import SignInDialog from "../../../src/ui/workbench/SignInDialog.svelte";
import type { Session } from "../../../src/ui/workbench/session.svelte";
import { fill, one, settled, show, submit, words } from "../page";
import { ApiError, offline, server, signedOut } from "../server";
import { atBench, draw, pass, sit } from "./bench";

atBench();

/** The session ends while so many edits are on their way. */
async function open(edits: number): Promise<Session> {
  const session = await sit();
  show(SignInDialog, { session });
  server.now.password = "right";
  server.refuse("saveDraft", signedOut());
  for (let i = 0; i < edits; i++) draw(session, `r${i}`);
  await pass(2_000);
  await settled();
  return session;
}

const isOpen = () => one<HTMLDialogElement>("dialog").open;

async function signIn(password: string): Promise<void> {
  await fill("#again-password", password);
  await submit();
  await pass(100);
  await settled();
}

test("while one is signed in it is not there", async () => {
  await open(0);
  expect(isOpen()).toBe(false);
});

test("it says that the edits are kept, and knows the name; it cannot be dismissed", async () => {
  await open(2);
  expect([isOpen(), words("form p"), one<HTMLInputElement>("#again-name").value]).toEqual([
    true,
    "2 edits kept on this computer. Sign in and they are saved; you stay where you are.",
    "ada",
  ]);
  one<HTMLDialogElement>("dialog").click();
  await settled();
  expect(isOpen()).toBe(true);
});

test("with the right password the edits go out and one is back at the photo", async () => {
  const session = await open(1);
  await signIn("right");
  expect([isOpen(), session.unsaved, server.drafts.length]).toEqual([false, 0, 1]);
});

test("where a second factor is set its code is asked for next", async () => {
  await open(1);
  server.now.code = "123456";
  await signIn("right");
  expect([isOpen(), words("label")]).toEqual([true, "Code of your app, or a recovery code"]);
  await fill("#again-code", "000000");
  await submit();
  await settled();
  expect(words("[role=alert]")).toBe("This code is wrong, or used already.");
  await fill("#again-code", "123456");
  await submit();
  await pass(100);
  await settled();
  expect(isOpen()).toBe(false);
});

test.each([
  [null, "The name or the password is wrong."],
  [offline(), "The server does not answer. Try again in a moment."],
  [new ApiError(429, "throttled", ""), "Too many tries, or the server refused. Wait a little."],
])("where it does not work that is said, and tried again: %s", async (error, said) => {
  await open(1);
  if (error) server.refuse("signIn", error);
  await signIn("wrong");
  expect([isOpen(), words("[role=alert]")]).toEqual([true, said]);
  await signIn("right");
  expect(isOpen()).toBe(false);
});

test("where the session ended elsewhere than at a save, nothing is said to be unsaved", async () => {
  const session = await open(0);
  session.refusal(signedOut());
  await settled();
  expect([isOpen(), words("form p")]).toEqual([
    true,
    "All you drew is saved. Sign in and you stay where you are.",
  ]);
});
