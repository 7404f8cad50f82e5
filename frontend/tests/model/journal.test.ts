import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ActiveTime } from "../../src/model/activetime";
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

test("a pause of more than 30 s is not active time", () => {
  const time = new ActiveTime(500);
  time.touch(0);
  time.touch(10_000);
  time.touch(60_000);
  time.touch(61_000);
  expect(time.total(62_000)).toBe(12_500);
  expect(time.total(200_000)).toBe(11_500);
});

test("names are version 7, unique and ordered by time", () => {
  const names = Array.from({ length: 50 }, (_, i) => uuid7(1_700_000_000_000 + i));
  expect(
    names.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toBe(true);
  expect([...names].sort()).toEqual(names);
  expect(new Set(names).size).toBe(50);
});

test("whoever signs in next in this browser neither sees nor sends what another left unsent", async () => {
  await journal.write(headOf(new Store(EMPTY), 1), [], 0);
  const next = await openJournal(uuid7());
  expect([await next.unsent(), await next.read(7)]).toEqual([[], null]);
  next.close();
  expect((await journal.unsent()).length).toBe(1);
});
