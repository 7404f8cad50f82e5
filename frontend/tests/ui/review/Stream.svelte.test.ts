import { beforeEach, expect, test, vi } from "vitest";
import Stream from "../../../src/ui/review/Stream.svelte";
import { all, fill, isThere, lines, one, press, settled, show, submit, words } from "../page";
import { dispute, LEVELS, REASONS } from "../samples";
import { server } from "../server";

const PROPS = {
  ids: [1, 2],
  levels: LEVELS,
  reasons: REASONS,
  order: "surprise",
  orders: [
    { value: "disagreement", label: "Least agreed first" },
    { value: "surprise", label: "What surprises the model first" },
  ],
  person: 4,
  people: [{ id: 4, name: "ada", count: 2 }],
  home_url: "/projects/1/queue/",
  photos_url: "/projects/1/",
  borders_url: "/projects/1/settle/borders/",
};

async function open(more: Partial<typeof PROPS> = {}): Promise<void> {
  show(Stream, { ...PROPS, ...more });
  await settled();
  await settled();
}

const chosen = (name: string) =>
  all(`[name=${name}]:checked`).map((each) => (each as HTMLInputElement).value);
const ticked = () => all("[type=checkbox]:checked").map((each) => words(each.parentElement as Element));

beforeEach(() => {
  server.now.disputes = new Map([1, 2].map((id) => [id, dispute(id)]));
});

test("it says which photo, why it is disputed, and who may be chosen by which key", async () => {
  await open();
  expect([words(".stream-bar strong"), words("h2"), words(".stream-why")]).toEqual([
    "2 disputes left",
    "1.jpg",
    "The votes differ: 1 × Good, 1 × Bad.",
  ]);
  expect(lines(".pick")).toEqual([
    "Good ⇧1",
    "OK ⇧2",
    "Bad ⇧3",
    "No blur ⇧0",
    "ada1",
    "bea2",
    "All, merged0",
    "The photo is ambiguous.A",
    "The guideline was misread.G",
    "It was a slip.S",
  ]);
  expect([
    one<HTMLSelectElement>("[name=order]").value,
    one<HTMLSelectElement>("[name=person]").value,
  ]).toEqual(["surprise", "4"]);
});

test("by keys alone: word, map, reason, settle; and back", async () => {
  await open();
  await press("!", { code: "Digit1", shiftKey: true });
  await press("1");
  await press("s");
  expect([chosen("verdict"), chosen("map"), ticked()]).toEqual([["good"], ["11"], ["It was a slip.S"]]);
  await press("Enter");
  expect([words("h2"), words("[role=status]"), server.streamed.get(1)?.annotation]).toEqual([
    "2.jpg",
    "1.jpg is settled.",
    11,
  ]);
  await press("u");
  await settled();
  expect([words("h2"), chosen("verdict"), chosen("map"), server.streamed.size]).toEqual([
    "1.jpg",
    ["good"],
    ["11"],
    0,
  ]);
});

test("while a place is looked at, a number takes that person's map there", async () => {
  await open();
  await press("n");
  expect(words(".stream-place")).toBe("Place 1 of 1 left, 20 % Next N 1 Low 10 Sharp 2");
  await press("2");
  expect([chosen("map"), words(".stream-place")]).toEqual([[], "They differ at 1 place, 1 taken Next N"]);
  expect(one<HTMLInputElement>("#stream-edit [name=takes]").value).toBe("0:12");
});

test("what is lacking is said above the buttons", async () => {
  await open();
  await press("Enter");
  expect(words("[role=alert]")).toBe("Choose a map: 1, 2, … a person’s, 0 the merged one.");
});

test("the second click of a double one does not settle the next photo", async () => {
  await open();
  const second = new MouseEvent("click", { detail: 2, bubbles: true, cancelable: true });
  const isTaken = one(".stream-form .primary").dispatchEvent(second);
  await settled();
  expect([isTaken, isThere("Choose a map")]).toEqual([false, false]);
});

test("the button settles too, and the last photo makes way for the end", async () => {
  await open({ ids: [1] });
  for (const key of ["0", "g"]) await press(key);
  await press("@", { code: "Digit2", shiftKey: true });
  await submit(".stream-form");
  expect(words(".stream-end")).toBe(
    "Nothing is disputed here any more You settled 1 photo. Back to the start page",
  );
  expect(server.streamed.get(1)).toMatchObject({
    annotation: null,
    desirability: "ok",
    reason: "The guideline was misread.",
  });
});

test("L puts the photo last; with no other there is no later", async () => {
  await open();
  await press("l");
  expect(words("h2")).toBe("2.jpg");
  await open({ ids: [] });
  expect(isThere("Back to the start page")).toBe(true);
});

test("B sends work back with a reason, and the next photo is shown", async () => {
  await open();
  await press("b");
  await vi.waitFor(() => expect(all("dialog[open] #return-reason").length).toBe(1), { timeout: 10_000 });
  await fill("#return-reason", "The ear is blurred too.");
  await submit("dialog form");
  expect([server.returned, words("h2")]).toEqual([[{ reason: "The ear is blurred too." }], "2.jpg"]);
});
