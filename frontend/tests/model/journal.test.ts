import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EMPTY } from "../../src/model/annotation";
import { type Entry, type Head, type Journal, openJournal } from "../../src/model/journal";
import { Store } from "../../src/model/store";
import { uuid7 } from "../../src/model/uuid7";

let journal: Journal;
let name: string;

beforeEach(async () => {
  name = uuid7();
  journal = await openJournal(name);
});
afterEach(() => journal.close());

function headOf(store: Store, unsaved: number, annotation_id = 7): Head {
  return {
    annotation_id,
    image_id: 70,
    revision: 2,
    acknowledged: EMPTY,
    document: store.document,
    cursor: store.cursor,
    pending: null,
    unsaved,
    active_ms: 1000,
    vote: "ok",
    sketch: null,
    written_at: 5,
  };
}

const region = { id: "a", level: 1, kind: "motion", rings: [[0, 0, 90, 0, 90, 90]], z: 0 } as const;

test("a reload finds the document, the log and the place in it", async () => {
  const store = new Store(EMPTY);
  store.commit("draw", "a", region);
  store.commit("level", "a", { ...region, level: 2 });
  store.undo();
  await journal.write(headOf(store, 2), store.log, 0);
  journal.close();

  journal = await openJournal(name);
  const entry = (await journal.read(7)) as Entry;
  const again = new Store(entry.head.document, entry.log, entry.head.cursor);
  expect(again.document).toEqual(store.document);
  again.redo();
  expect(again.region("a")).toEqual({ ...region, level: 2 });
  again.undo();
  again.undo();
  expect(again.document).toEqual(EMPTY);
});

test("writing from a position drops the operations that were undone and replaced", async () => {
  const store = new Store(EMPTY);
  store.commit("draw", "a", region);
  store.commit("level", "a", { ...region, level: 2 });
  await journal.write(headOf(store, 2), store.log, 0);
  store.undo();
  store.undo();
  store.commit("draw", "b", { ...region, id: "b" });
  await journal.write(headOf(store, 3), store.log, 0);
  expect((await journal.read(7))?.log).toEqual(store.log);
  await journal.write(headOf(store, 3), [], 0);
  expect((await journal.read(7))?.log).toEqual([]);
});

test("unsent work is listed oldest first, survives the sweep, and is forgotten only when told", async () => {
  const store = new Store(EMPTY);
  await journal.write({ ...headOf(store, 1, 1), written_at: 9 }, [], 0);
  await journal.write({ ...headOf(store, 4, 2), written_at: 3 }, [], 0);
  await journal.write(headOf(store, 0, 3), [], 0);
  await journal.sweep(30 * 24 * 3600 * 1000);
  expect((await journal.unsent()).map(({ annotation_id }) => annotation_id)).toEqual([2, 1]);
  expect(await journal.read(3)).toBeNull();
  await journal.forget(2);
  expect(await journal.read(2)).toBeNull();
});

test("whoever signs in next in this browser neither sees nor sends what another left unsent", async () => {
  await journal.write(headOf(new Store(EMPTY), 1), [], 0);
  const next = await openJournal(uuid7());
  expect([await next.unsent(), await next.read(7)]).toEqual([[], null]);
  next.close();
  expect((await journal.unsent()).length).toBe(1);
});

test("an annotation that was never here is null, and nothing is unsent", async () => {
  expect([await journal.read(7), await journal.unsent()]).toEqual([null, []]);
});

test("a save under way, a vote, a line and notes are kept as they are", async () => {
  const head: Head = {
    ...headOf(new Store(EMPTY), 1),
    pending: { save_id: "s", base_revision: 2, document: { base: 1, regions: [region] }, saw_model: true },
    vote: "good",
    sketch: { tool: "split", line: [0, 0, 16, 16] },
    notes: [{ id: "n", x: 16, y: 32, text: "A leaf?" }],
  };
  await journal.write(head, [], 0);
  expect(await journal.read(7)).toEqual({ head, log: [] });
});

test("later operations are added without writing the earlier ones again", async () => {
  const store = new Store(EMPTY);
  store.commit("draw", "a", region);
  await journal.write(headOf(store, 1), store.log, 0);
  store.commit("draw", "b", { ...region, id: "b" });
  await journal.write(headOf(store, 2), store.log, 1);
  expect((await journal.read(7))?.log).toEqual(store.log);
});

test("operations of one annotation are not those of its neighbours", async () => {
  const [store, other] = [new Store(EMPTY), new Store(EMPTY)];
  store.commit("draw", "a", region);
  other.commit("draw", "b", { ...region, id: "b" });
  await journal.write(headOf(store, 1, 7), store.log, 0);
  await journal.write(headOf(other, 1, 8), other.log, 0);
  await journal.forget(7);
  expect([await journal.read(7), (await journal.read(8))?.log]).toEqual([null, other.log]);
});

test("what is forgotten leaves no operation behind for the next visit", async () => {
  const store = new Store(EMPTY);
  store.commit("draw", "a", region);
  await journal.write(headOf(store, 1), store.log, 0);
  await journal.forget(7);
  await journal.write(headOf(new Store(EMPTY), 0), [], 1);
  expect((await journal.read(7))?.log).toEqual([]);
});

test("notes that the server does not have are unsent work, also without an edit", async () => {
  const notes = [{ id: "n", x: 16, y: 32, text: "A leaf?" }];
  await journal.write({ ...headOf(new Store(EMPTY), 0, 1), notes }, [], 0);
  await journal.write({ ...headOf(new Store(EMPTY), 0, 2), notes: null }, [], 0);
  expect((await journal.unsent()).map(({ annotation_id }) => annotation_id)).toEqual([1]);
});

const DAY = 24 * 3600 * 1000;

test.each([
  [14 * DAY, true],
  [14 * DAY + 1, false],
])("acknowledged work is still here after %i ms: %s", async (age, isHere) => {
  await journal.write(headOf(new Store(EMPTY), 0), [], 0); // written at 5
  await journal.sweep(5 + age);
  expect((await journal.read(7)) !== null).toBe(isHere);
});

test("notes that were never sent survive the sweep as edits do", async () => {
  const notes = [{ id: "n", x: 16, y: 32, text: "A leaf?" }];
  await journal.write({ ...headOf(new Store(EMPTY), 0), notes }, [], 0);
  await journal.sweep(30 * DAY);
  expect((await journal.read(7))?.head.notes).toEqual(notes);
});
