// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import type { Rework } from "../../../src/api";
import ReturnDialog from "../../../src/ui/rework/ReturnDialog.svelte";
import SendBack from "../../../src/ui/rework/SendBack.svelte";
import { all, click, fill, one, press, settled, show, submit, words } from "../page";
import { image } from "../samples";
import { ApiError, server } from "../server";

vi.mock("../../../src/api", () => import("../server"));

const PEOPLE = [
  { annotation: 101, name: "rosa" },
  { annotation: 102, name: "tom" },
];
let sent: Rework[] = [];

async function open(people = PEOPLE): Promise<void> {
  sent = [];
  show(ReturnDialog, {
    open: true,
    image: image(1),
    people,
    members: ["rosa", "tom", "vera"],
    sent: (rework: Rework) => sent.push(rework),
  });
  await settled();
}

const isOpen = () => one<HTMLDialogElement>("dialog").open;

async function choose(selector: string, value: string): Promise<void> {
  const list = one<HTMLSelectElement>(selector);
  list.selectedIndex = [...list.options].findIndex((each) => words(each) === value);
  list.dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
}

test("work goes back to its author with a reason, and the dialog closes", async () => {
  await open();
  await fill("#return-reason", "  The ear is blurred too. ");
  await submit();
  expect([server.askedOf("send back"), server.returned, isOpen()]).toEqual([
    ["send back 101"],
    [{ reason: "The ear is blurred too." }],
    false,
  ]);
  expect(sent.map(({ id }) => id)).toEqual([9]);
});

test("another's work goes to somebody who has none on the photo, and that a copy is the start is said", async () => {
  await open();
  await choose("#return-whose", "tom");
  expect(all("#return-to option").map(words)).toEqual(["tom, whose work it is", "vera"]);
  await choose("#return-to", "vera");
  expect(words(".field .hint")).toBe("They begin with a copy of the map and vote for themselves.");
  await fill("#return-reason", "The ear.");
  await submit();
  expect([server.askedOf("send back"), server.returned]).toEqual([
    ["send back 102"],
    [{ reason: "The ear.", to: "vera" }],
  ]);
});

test("whose work is not asked where there is one only", async () => {
  await open(PEOPLE.slice(0, 1));
  expect(all("#return-whose").length).toBe(0);
});

test("a click marks the place in 1/16 px of the photo", async () => {
  await open();
  const photo = one<HTMLElement>(".mark-map");
  photo.getBoundingClientRect = () => ({ left: 10, top: 20, width: 50, height: 40 }) as DOMRect;
  photo.dispatchEvent(new MouseEvent("click", { clientX: 35, clientY: 30, bubbles: true }));
  await settled();
  expect(words(".mark-box .hint")).toBe("Marked at 50, 20 px. Delete takes the mark away.");
  await fill("#return-reason", "Here.");
  await submit();
  expect(server.returned).toEqual([{ reason: "Here.", x: 800, y: 320 }]);
});

test("arrow keys move the mark within the photo, and Delete takes it away", async () => {
  await open();
  one<HTMLElement>(".mark-map").focus();
  await press("ArrowRight");
  expect(words(".mark-box .hint")).toBe("Marked at 52, 40 px. Delete takes the mark away.");
  for (let i = 0; i < 9; i++) await press("ArrowDown", { shiftKey: true });
  expect(words(".mark-box .hint")).toBe("Marked at 52, 80 px. Delete takes the mark away.");
  await press("Delete");
  expect(all(".mark-map circle").length).toBe(0);
});

test("a refusal is said, and what was written stays", async () => {
  await open();
  server.refuse(
    "returnWork",
    new ApiError(409, "not_submitted", "Only work that is handed in can be sent back."),
  );
  await fill("#return-reason", "The ear.");
  await submit();
  expect([words("[role=alert]"), isOpen(), one<HTMLTextAreaElement>("#return-reason").value]).toEqual([
    "Only work that is handed in can be sent back.",
    true,
    "The ear.",
  ]);
});

test("the photo's page opens it by a button, with the project's people; without their names the author is left", async () => {
  show(SendBack, { project: 1, image: image(1), people: PEOPLE.slice(0, 1) });
  await click("Send work back");
  expect(all("#return-to option").map(words)).toEqual(["rosa, whose work it is", "tom", "vera"]);
});
