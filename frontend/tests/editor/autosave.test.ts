import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Annotation, ApiError, type Draft } from "../../src/api";
import { Autosave, drainJournal } from "../../src/editor/autosave";
import { ActiveTime } from "../../src/model/activetime";
import { type Document, EMPTY, type Region } from "../../src/model/annotation";
import type { Entry, Head, Journal } from "../../src/model/journal";
import { Store } from "../../src/model/store";

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

const region = (id: string, level = 1): Region => ({
  id,
  level,
  kind: "motion",
  rings: [[0, 0, 160, 0, 160, 160]],
  z: 0,
});
const annotation: Annotation = {
  id: 7,
  image: 70,
  author: 1,
  layer: "person",
  revision: 3,
  state: "draft",
  document: EMPTY,
  notes: [],
  active_ms: 0,
};
const stale = (document: Document) =>
  new ApiError(409, "stale_revision", "", null, { annotation: { ...annotation, revision: 9, document } });

/** A server in memory that can be away, and a journal in memory. */
function bench(head: Head | null = null) {
  const saves: Draft[] = [];
  const heads = new Map<number, Head>();
  const refusals: Error[] = [];
  const revisions = new Map<string, number>();
  let revision = 3;
  const server = {
    saves,
    refusals,
    loseAnswers: false,
    send: async (_: number, draft: Draft) => {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      saves.push(draft);
      if (!revisions.has(draft.save_id)) revisions.set(draft.save_id, ++revision);
      if (server.loseAnswers) throw new ApiError(0, "offline", "");
      return { revision: revisions.get(draft.save_id) as number };
    },
  };
  const journal = {
    write: async (written: Head) => void heads.set(written.annotation_id, written),
    read: async (id: number): Promise<Entry | null> => ({ head: heads.get(id) as Head, log: [] }),
    unsent: async () => [...heads.values()].filter(({ unsaved }) => unsaved > 0),
  } as unknown as Journal;
  const store = new Store(head?.document ?? EMPTY);
  const states: string[] = [];
  const autosave: Autosave = new Autosave(
    { annotation, store, journal, time: new ActiveTime(), head },
    () => states.at(-1) !== autosave?.state.is && states.push(autosave.state.is),
    server.send,
  );
  return { autosave, store, server, journal, heads, states };
}

test("an edit is in the journal at once and on the server 1.5 s later, once", async () => {
  const { autosave, store, server, heads } = bench();
  store.commit("draw", "a", region("a"));
  expect(heads.get(7)).toMatchObject({ unsaved: 1, document: store.document, revision: 3 });
  await vi.advanceTimersByTimeAsync(1_400);
  expect(server.saves).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(server.saves).toMatchObject([{ base_revision: 3, document: store.document }]);
  expect([autosave.state.is, autosave.unsaved, autosave.revision]).toEqual(["saved", 0, 4]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.saves.length).toBe(1);
});

test("someone who never pauses is saved every 5 s at the latest", async () => {
  const { store, server } = bench();
  for (let i = 0; i < 11; i++) {
    store.commit("draw", `r${i}`, region(`r${i}`));
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(server.saves.length).toBe(2);
});

test("while the server is away edits are counted and kept, then arrive in one document", async () => {
  const { autosave, store, server } = bench();
  server.refusals.push(...Array.from({ length: 3 }, () => new ApiError(0, "offline", "")));
  for (const id of ["a", "b", "c"]) store.commit("draw", id, region(id));
  await vi.advanceTimersByTimeAsync(1_600);
  expect([autosave.state.is, autosave.unsaved]).toEqual(["offline", 3]);
  store.commit("draw", "d", region("d"));
  await vi.advanceTimersByTimeAsync(30_000);
  expect([autosave.state.is, autosave.unsaved]).toEqual(["saved", 0]);
  expect(server.saves.at(-1)?.document.regions.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
});

test("a save whose answer was lost is sent again with the same id and is one revision", async () => {
  const { autosave, store, server } = bench();
  server.loseAnswers = true;
  store.commit("draw", "a", region("a"));
  await vi.advanceTimersByTimeAsync(1_600);
  server.loseAnswers = false;
  store.commit("draw", "b", region("b"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.saves[1]?.save_id).toBe(server.saves[0]?.save_id);
  expect(server.saves[1]?.document.regions.length).toBe(1);
  expect(server.saves.at(-1)).toMatchObject({
    base_revision: 4,
    document: { regions: [{ id: "a" }, { id: "b" }] },
  });
  expect([autosave.revision, autosave.state.is]).toEqual([5, "saved"]);
});

test("when another tab saved first, its work and mine are both kept", async () => {
  const { autosave, store, server } = bench();
  server.refusals.push(stale({ base: 0, regions: [region("theirs")] }));
  store.commit("draw", "mine", region("mine"));
  await autosave.flush();
  expect(store.document).toEqual({ base: 0, regions: [region("theirs"), region("mine")] });
  expect(server.saves).toMatchObject([{ base_revision: 9, document: store.document }]);
  expect(autosave.state.is).toBe("saved");
});

test("a region that both changed waits for a choice, and nothing is sent or lost meanwhile", async () => {
  const { autosave, store, server } = bench();
  store.commit("draw", "a", region("a", 1));
  await autosave.flush();
  server.refusals.push(stale({ base: null, regions: [region("a", 3)] }));
  store.commit("level", "a", region("a", 2));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(autosave.state).toMatchObject({ is: "conflict", conflicts: [{ region_id: "a" }] });
  expect(server.saves.length).toBe(1);
  expect(store.region("a")?.level).toBe(2);
  autosave.resolve(new Map([["a", "mine"]]));
  await vi.advanceTimersByTimeAsync(10);
  expect(server.saves.at(-1)).toMatchObject({
    base_revision: 9,
    document: { regions: [{ id: "a", level: 2 }] },
  });
});

test("after the session ended the work waits for a sign-in, then goes out", async () => {
  const { autosave, store, server } = bench();
  server.refusals.push(new ApiError(401, "not_authenticated", ""));
  store.commit("draw", "a", region("a"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([autosave.state.is, server.saves.length]).toEqual(["signed-out", 0]);
  autosave.retry();
  await vi.advanceTimersByTimeAsync(10);
  expect([autosave.state.is, server.saves.length]).toEqual(["saved", 1]);
});

test("a refusal is told in the server's words and the work stays; the next edit is tried again", async () => {
  const { autosave, store, server, heads } = bench();
  server.refusals.push(new ApiError(400, "invalid_document", "Simplify the outlines."));
  store.commit("draw", "a", region("a"));
  await expect(autosave.flush()).rejects.toThrow("Simplify");
  expect(autosave.state).toEqual({ is: "refused", detail: "Simplify the outlines." });
  expect(heads.get(7)?.unsaved).toBe(1);
  store.commit("delete", "a", null);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(autosave.state.is).toBe("saved");
});

test("a reload sends what the last visit left, with the id it had", async () => {
  const pending = {
    save_id: "earlier",
    base_revision: 3,
    document: { base: null, regions: [region("a")] },
    saw_model: true,
  };
  const head: Head = {
    annotation_id: 7,
    image_id: 70,
    revision: 3,
    acknowledged: EMPTY,
    document: { base: 0, regions: [region("a")] },
    cursor: 0,
    pending,
    unsaved: 2,
    active_ms: 0,
    vote: null,
    sketch: null,
    written_at: 0,
  };
  const { server } = bench(head);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(server.saves.map(({ save_id, base_revision }) => [save_id === "earlier", base_revision])).toEqual([
    [true, 3],
    [false, 4],
  ]);
  expect(server.saves[1]?.document.base).toBe(0);
});

test("leaving the page sends a small document at once", async () => {
  const { autosave, store, server } = bench();
  store.commit("draw", "a", region("a"));
  autosave.leave();
  expect(server.saves.length).toBe(1);
});

test("what other photos left unsent is drained; a refusal keeps it and goes on with the next", async () => {
  const { journal, heads, server, autosave } = bench();
  autosave.stop();
  const head = {
    annotation_id: 1,
    image_id: 1,
    revision: 1,
    acknowledged: EMPTY,
    document: EMPTY,
    cursor: 0,
  };
  const rest = { pending: null, unsaved: 2, active_ms: 5, vote: null, sketch: null, written_at: 0 };
  for (const id of [1, 2, 3]) heads.set(id, { ...head, ...rest, annotation_id: id });
  server.refusals.push(new ApiError(404, "not_found", ""));
  expect(await drainJournal(journal, 3, server.send)).toBe(1);
  expect([1, 2, 3].map((id) => heads.get(id)?.unsaved)).toEqual([2, 0, 2]);
});
