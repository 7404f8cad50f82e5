import { expect, test } from "vitest";
import SkipDialog from "../../../src/ui/workbench/SkipDialog.svelte";
import { all, click, fill, lines, one, settled, show, submit, tick } from "../page";
import { server } from "../server";
import { atBench, pass, sit } from "./bench";

atBench();

async function open(): Promise<void> {
  show(SkipDialog, { open: true, session: await sit() });
  await settled();
}

const isOpen = () => one<HTMLDialogElement>("dialog").open;

test("the reasons are offered, the first of them chosen", async () => {
  await open();
  expect(lines(".choice")).toEqual([
    "I cannot tell how blurred it is",
    "It is not a natural photo",
    "It should not be in this project",
    "Another reason",
  ]);
  expect(all("input").map((field) => (field as HTMLInputElement).checked)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("the chosen reason goes with the photo, and the dialog", async () => {
  await open();
  await tick("[value='It is not a natural photo']");
  await submit();
  await pass(500);
  expect([server.askedOf("skip"), isOpen()]).toEqual([["skip 101: It is not a natural photo"], false]);
});

test("another reason is asked for in words", async () => {
  await open();
  expect(all("#other-reason").length).toBe(0);
  await tick("[value='']");
  expect(one<HTMLInputElement>("#other-reason").required).toBe(true);
  await fill("#other-reason", " A screenshot ");
  await submit();
  await pass(500);
  expect(server.askedOf("skip")).toEqual(["skip 101: A screenshot"]);
});

test("one may keep the photo", async () => {
  await open();
  await click("Keep it");
  expect([isOpen(), server.askedOf("skip")]).toEqual([false, []]);
});
