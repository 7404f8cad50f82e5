import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Document, EMPTY, isSameRegion } from "../../src/model/annotation";
import { rebase, settled } from "../../src/model/rebase";
import { applied, regionsById, Store } from "../../src/model/store";
import { documents, regionOf } from "./documents";

const ids = ["a", "b", "c", "d", "e", "f"];
const edits = fc.array(
  fc.oneof(
    fc
      .constantFrom(...ids)
      .chain((id) => fc.record({ id: fc.constant(id), region: fc.option(regionOf(id)) })),
    documents,
  ),
  { maxLength: 12 },
);

function play(store: Store, edit: { id: string; region: ReturnType<Store["region"]> } | Document): void {
  if ("id" in edit) store.commit(edit.region === null ? "delete" : "draw", edit.id, edit.region);
  else store.commitDocument("accept", edit);
}

/** Documents are equal as painters' stacks: the order in the list says nothing. */
function sorted(document: Document): Document {
  return { ...document, regions: [...document.regions].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

describe("the log", () => {
  test("undoing everything gives the first document, redoing everything the last", () => {
    fc.assert(
      fc.property(documents, edits, (first, list) => {
        const store = new Store(first);
        for (const edit of list) play(store, edit);
        const last = store.document;
        while (store.canUndo) store.undo();
        expect(sorted(store.document)).toEqual(sorted(first));
        while (store.canRedo) store.redo();
        expect(sorted(store.document)).toEqual(sorted(last));
      }),
    );
  });

  test("played again from JSON it makes the same document, at any cursor", () => {
    fc.assert(
      fc.property(documents, edits, fc.nat(12), (first, list, undone) => {
        const store = new Store(first);
        for (const edit of list) play(store, edit);
        for (let i = 0; i < undone; i++) store.undo();
        const log = JSON.parse(JSON.stringify(store.log.slice(0, store.cursor))) as typeof store.log;
        const again = log.reduce((document, operation) => applied(document, operation), first);
        expect(sorted(again)).toEqual(sorted(store.document));
      }),
    );
  });

  test("an edit after an undo drops what could be redone; an edit that changes nothing is no step", () => {
    const region = { id: "a", level: 1, kind: "motion", rings: [[0, 0, 90, 0, 90, 90]], z: 0 } as const;
    const store = new Store(EMPTY);
    store.commit("draw", "a", region);
    store.undo();
    store.commit("draw", "b", { ...region, id: "b" });
    expect([store.canRedo, store.log.length]).toEqual([false, 1]);
    store.commit("draw", "b", { ...region, id: "b" });
    expect(store.log.length).toBe(1);
  });

  test("undo after a merge takes back mine and leaves theirs", () => {
    const region = { id: "a", level: 1, kind: "motion", rings: [[0, 0, 90, 0, 90, 90]], z: 0 } as const;
    const store = new Store(EMPTY);
    store.commit("draw", "a", region);
    store.adopt({ base: 0, regions: [region, { ...region, id: "theirs" }] });
    store.undo();
    expect(store.document).toEqual({ base: 0, regions: [{ ...region, id: "theirs" }] });
  });
});

describe("rebase", () => {
  test("keeps every change of both sides or names it as a conflict", () => {
    fc.assert(
      fc.property(documents, documents, documents, (base, mine, theirs) => {
        const { document, conflicts } = rebase(base, mine, theirs);
        const inConflict = new Set(conflicts.map(({ region_id }) => region_id));
        const [was, my, their, merged] = [base, mine, theirs, document].map(regionsById) as [
          ReturnType<typeof regionsById>,
          ReturnType<typeof regionsById>,
          ReturnType<typeof regionsById>,
          ReturnType<typeof regionsById>,
        ];
        for (const id of ids) {
          const [b, m, t] = [was.get(id) ?? null, my.get(id) ?? null, their.get(id) ?? null];
          const result = merged.get(id) ?? null;
          if (!isSameRegion(b, t)) expect(isSameRegion(result, t)).toBe(true);
          if (!isSameRegion(b, m)) expect(inConflict.has(id) || isSameRegion(result, m)).toBe(true);
          expect(inConflict.has(id)).toBe(!isSameRegion(b, m) && !isSameRegion(b, t) && !isSameRegion(m, t));
        }
      }),
    );
  });

  test("onto what I started from gives mine, and of nothing gives theirs", () => {
    fc.assert(
      fc.property(documents, documents, (base, other) => {
        expect(sorted(rebase(base, other, base).document)).toEqual(sorted(other));
        expect(rebase(base, base, other).document).toEqual(other);
        expect(rebase(base, other, other).conflicts).toEqual([]);
      }),
    );
  });

  test("a choice settles a conflict: mine, theirs, or both", () => {
    const old = { id: "a", level: 1, kind: "motion", rings: [[0, 0, 90, 0, 90, 90]], z: 0 } as const;
    const doc = (level: number): Document => ({ base: 0, regions: [{ ...old, level }] });
    const { document, conflicts } = rebase(doc(1), doc(2), doc(3));
    const conflict = conflicts[0] as (typeof conflicts)[number];
    expect(document.regions.map(({ level }) => level)).toEqual([3]);
    expect(settled(document, conflict, "theirs").regions.map(({ level }) => level)).toEqual([3]);
    expect(settled(document, conflict, "mine").regions.map(({ level }) => level)).toEqual([2]);
    expect(settled(document, conflict, "both").regions.map(({ level }) => level)).toEqual([3, 2]);
  });
});
