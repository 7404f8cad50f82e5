import { beforeEach, expect, test } from "vitest";
import { Stream } from "../../../src/ui/review/stream.svelte";
import { open } from "../browser";
import { settled } from "../page";
import { dispute, LEVELS, REASONS } from "../samples";
import { ApiError, offline, server } from "../server";

const IDS = [1, 2, 3, 4, 5, 6];

beforeEach(() => {
  open.clear();
  server.now.disputes = new Map(IDS.map((id) => [id, dispute(id)]));
});

async function started(ids: readonly number[] = IDS): Promise<Stream> {
  const stream = new Stream({ ids, levels: LEVELS, reasons: REASONS });
  await stream.start("#f0b44c");
  await settled();
  return stream;
}

/** Say what is to hold for the photo that is shown. */
function choose(stream: Stream): void {
  const choice = stream.opened?.choice;
  if (!choice) throw new Error("No photo is shown.");
  choice.map = choice.dispute.people[0]?.annotation ?? null;
  choice.verdict = "good";
  choice.tick("slip");
}

test("the first is shown, and the next three are fetched meanwhile", async () => {
  const stream = await started();
  expect([stream.opened?.image, stream.left]).toEqual([1, 6]);
  await settled();
  await settled();
  expect(server.askedOf("dispute")).toEqual(["dispute 1", "dispute 2", "dispute 3", "dispute 4"]);
});

test("a decision is sent while the next photo is shown at once", async () => {
  const stream = await started();
  const release = server.hold("decideDispute");
  choose(stream);
  const settling = stream.settle();
  expect([stream.opened?.image, stream.left, stream.said]).toEqual([2, 5, "1.jpg is settled."]);
  release();
  await settling;
  expect(server.streamed.get(1)).toMatchObject({
    annotation: 11,
    desirability: "good",
    reason: "It was a slip.",
    seen: 3,
  });
});

test("what is lacking is told at the form, and nothing is sent", async () => {
  const stream = await started();
  await stream.settle();
  expect(stream.opened?.choice.refusal).toBe("Choose a map: 1, 2, … a person’s, 0 the merged one.");
  expect([stream.opened?.image, server.askedOf("decide")]).toEqual([1, []]);
});

test("what the server refuses comes back with the reason and all that was chosen", async () => {
  const stream = await started();
  server.refuse(
    "decideDispute",
    new ApiError(409, "settled_meanwhile", "vera has settled this photo meanwhile."),
  );
  server.now.disputes.set(1, dispute(1, { seen: 9 }));
  choose(stream);
  await stream.settle();
  await settled();
  const { opened } = stream;
  expect([opened?.image, opened?.choice.refusal, opened?.seen]).toEqual([
    1,
    "vera has settled this photo meanwhile.",
    9,
  ]);
  expect([opened?.choice.verdict, stream.left, stream.decided.length]).toEqual(["good", 6, 0]);
  await stream.settle();
  expect([server.streamed.get(1)?.seen, stream.opened?.image]).toEqual([9, 2]);
});

test("undo shows the last one again as it was, before the one that is shown", async () => {
  const stream = await started();
  choose(stream);
  stream.opened?.choice.take(0, 12);
  await stream.settle();
  await stream.undo();
  const { opened } = stream;
  expect([opened?.image, opened?.choice.verdict, [...(opened?.choice.takes ?? [])]]).toEqual([
    1,
    "good",
    [[0, 12]],
  ]);
  expect([opened?.seen, stream.coming, server.streamed.size, stream.said]).toEqual([
    7,
    [2, 3, 4, 5, 6],
    0,
    "1.jpg is open again.",
  ]);
});

test("undo goes back through all of the visit; older photos are fetched again, with what was chosen", async () => {
  const stream = await started();
  for (const _ of [1, 2, 3, 4]) {
    choose(stream);
    await stream.settle();
  }
  for (const _ of [1, 2, 3, 4]) await stream.undo();
  await settled();
  expect([stream.opened?.image, stream.opened?.choice.verdict, stream.left]).toEqual([1, "good", 6]);
  expect(server.askedOf("dispute 1")).toEqual(["dispute 1", "dispute 1"]);
  await stream.undo();
  expect(server.askedOf("reopen")).toEqual(["reopen 4", "reopen 3", "reopen 2", "reopen 1"]);
});

test("an undo that is refused is told, and nothing moves", async () => {
  const stream = await started();
  choose(stream);
  await stream.settle();
  server.refuse("undoDecision", new ApiError(409, "changed_since", "Nothing is undone."));
  await stream.undo();
  expect([stream.said, stream.opened?.image]).toEqual(["Nothing is undone.", 2]);
});

test("a photo for later comes after all others, with what was chosen already", async () => {
  const stream = await started([1, 2]);
  choose(stream);
  await stream.later();
  expect([stream.opened?.image, stream.coming]).toEqual([2, [1]]);
  await stream.later();
  expect([stream.opened?.image, stream.opened?.choice.verdict]).toEqual([1, "good"]);
});

test("the end counts what was settled, and can still be taken back", async () => {
  const stream = await started([1]);
  choose(stream);
  await stream.settle();
  expect([stream.opened, stream.left, stream.isWaiting, stream.decided.length]).toEqual([null, 0, false, 1]);
  await stream.undo();
  expect([stream.opened?.image, stream.left]).toEqual([1, 1]);
});

test("a photo that does not open is told, tried again or left out", async () => {
  server.refuse("disputeOf", offline());
  const stream = await started([1, 2]);
  expect([stream.opened, stream.trouble, stream.left]).toEqual([null, "The server does not answer.", 2]);
  await stream.retry();
  expect(stream.opened?.image).toBe(1);
  const other = await started([9, 2]);
  expect(other.trouble).toBe("Not found.");
  await other.leaveOut();
  expect([other.opened?.image, other.left]).toEqual([2, 1]);
});

test("pictures of photos long settled are given back", async () => {
  const stream = await started();
  for (const _ of IDS) {
    choose(stream);
    await stream.settle();
    await settled();
  }
  expect(open.size).toBe(4); // of the last two, each with the picture of where people part
});
