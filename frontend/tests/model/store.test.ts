import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Document, EMPTY, isSameRegion, type Region } from "../../src/model/annotation";
import { applied, type Change, type Operation, regionsById, Store, withRegion } from "../../src/model/store";
import { documents, regionOf, sorted } from "./documents";
import { region } from "./shapes";

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

const stack = (...regions: Region[]): Document => ({ base: null, regions });
const [a, b] = [region("a"), region("b")];
const softer = region("a", { level: 3 });

let store: Store;

beforeEach(() => {
  store = new Store(EMPTY);
});

describe("one step of undo", () => {
  test("is a region drawn, changed or deleted", () => {
    store.commit("draw", "a", a);
    store.commit("level", "a", softer);
    store.commit("delete", "a", null);
    const seen = [store.document];
    while (store.canUndo) {
      store.undo();
      seen.push(store.document);
    }
    expect(seen).toEqual([stack(), stack(softer), stack(a), EMPTY]);
  });

  test("names itself, says what was and what is, and when", () => {
    vi.useFakeTimers({ now: 5000 });
    store.commit("draw", "a", a);
    store.commit("level", "a", softer);
    vi.useRealTimers();
    const [first, second] = store.log as [Operation, Operation];
    expect(second).toEqual({
      op_id: second.op_id,
      kind: "level",
      region_id: "a",
      before: a,
      after: softer,
      t: 5000,
    });
    expect(first.op_id < second.op_id || first.op_id !== second.op_id).toBe(true);
  });

  test("is the whole document where one act changed much of it", () => {
    store.commit("draw", "a", a);
    store.commitDocument("accept", { base: 1, regions: [softer, b] });
    expect(store.document).toEqual({ base: 1, regions: [softer, b] });
    store.undo();
    expect(store.document).toEqual(stack(a));
    store.redo();
    expect(store.document).toEqual({ base: 1, regions: [softer, b] });
  });

  test("is not made by an edit that changes nothing", () => {
    store.commit("draw", "a", a);
    store.commit("level", "a", { ...a });
    store.commit("delete", "b", null);
    expect(store.log.length).toBe(1);
  });

  test("is not to be had where there is none", () => {
    const heard: Change[] = [];
    store.subscribe((change) => heard.push(change));
    store.undo();
    store.redo();
    expect([store.document, store.canUndo, store.canRedo, heard]).toEqual([EMPTY, false, false, []]);
  });

  test("that was undone is gone once something else is done", () => {
    store.commit("draw", "a", a);
    store.undo();
    store.commit("draw", "b", b);
    expect([store.canRedo, store.log.length, store.document]).toEqual([false, 1, stack(b)]);
  });
});

describe("what others did meanwhile", () => {
  test("stays when mine is undone", () => {
    store.commit("draw", "a", a);
    store.adopt({ base: 0, regions: [a, region("theirs")] });
    store.undo();
    expect(store.document).toEqual({ base: 0, regions: [region("theirs")] });
  });

  test("stays when a change of the whole document is undone, but for what that change touched", () => {
    store.commit("draw", "a", a);
    store.commitDocument("clear", { base: 2, regions: [] });
    store.adopt({ base: 2, regions: [b] });
    store.undo();
    expect(sorted(store.document)).toEqual({ base: null, regions: [a, b] });
  });

  test("keeps their base where mine did not change it", () => {
    store.commitDocument("accept", stack(a));
    store.adopt({ base: 3, regions: [a] });
    store.undo();
    expect(store.document).toEqual({ base: 3, regions: [] });
  });

  test("makes an undo of what they deleted bring nothing back but mine", () => {
    store.commit("draw", "a", a);
    store.commit("level", "a", softer);
    store.adopt(EMPTY);
    store.undo();
    expect(store.document).toEqual(stack(a));
  });

  test("is no step of mine", () => {
    store.commit("draw", "a", a);
    store.adopt(stack(b));
    expect([store.cursor, store.log.length, store.canRedo]).toEqual([1, 1, false]);
  });
});

describe("whoever listens", () => {
  test("hears of each change how it came about, with the document as it then is", () => {
    const heard: [string, string | undefined, number][] = [];
    store.subscribe(({ how, operation }) =>
      heard.push([how, operation?.kind, store.document.regions.length]),
    );
    store.commit("draw", "a", a);
    store.undo();
    store.redo();
    store.adopt(EMPTY);
    store.commitDocument("base", { base: 0, regions: [] });
    expect(heard).toEqual([
      ["commit", "draw", 1],
      ["undo", "draw", 0],
      ["redo", "draw", 1],
      ["adopt", undefined, 0],
      ["commit", "base", 0],
    ]);
  });

  test("hears nothing more once they have left, while others go on", () => {
    const heard: string[] = [];
    const leave = store.subscribe(() => heard.push("first"));
    store.subscribe(() => heard.push("second"));
    leave();
    store.commit("draw", "a", a);
    expect(heard).toEqual(["second"]);
  });
});

describe("a store of an earlier visit", () => {
  test("goes on where it was left, with steps on both sides", () => {
    store.commit("draw", "a", a);
    store.commit("level", "a", softer);
    store.undo();
    const again = new Store(store.document, store.log, store.cursor);
    expect([again.canUndo, again.canRedo, again.region("a")]).toEqual([true, true, a]);
    again.redo();
    expect([again.region("a"), again.canRedo]).toEqual([softer, false]);
  });

  test("has all of its log done where nothing else is said, and leaves the log it was given alone", () => {
    store.commit("draw", "a", a);
    const log = [...store.log];
    const again = new Store(store.document, log);
    again.undo();
    again.commit("draw", "b", b);
    expect([log.length, again.cursor, again.document]).toEqual([1, 1, stack(b)]);
  });
});

describe("a document", () => {
  test("has a new region at its end and a changed one in its place", () => {
    expect(withRegion(stack(a, b), "a", softer)).toEqual(stack(softer, b));
    expect(withRegion(stack(a), "b", b)).toEqual(stack(a, b));
    expect(withRegion(stack(a, b), "a", null)).toEqual(stack(b));
  });

  test("is the very same one where a region is taken that it does not have", () => {
    const document = stack(a);
    expect(withRegion(document, "b", null)).toBe(document);
  });

  test("gives its regions by name, and null for one it does not have", () => {
    store.commit("draw", "a", a);
    expect([...regionsById(store.document)]).toEqual([["a", a]]);
    expect([store.region("a"), store.region("b"), store.region(null)]).toEqual([a, null, null]);
  });

  test("that was given is never changed", () => {
    fc.assert(
      fc.property(documents, edits, (first, list) => {
        const text = JSON.stringify(first);
        const editing = new Store(first);
        for (const edit of list) play(editing, edit);
        while (editing.canUndo) editing.undo();
        expect(JSON.stringify(first)).toBe(text);
      }),
    );
  });
});

describe("whatever was done", () => {
  test("undoing everything gives the first document, redoing everything the last", () => {
    fc.assert(
      fc.property(documents, edits, (first, list) => {
        const editing = new Store(first);
        for (const edit of list) play(editing, edit);
        const last = editing.document;
        while (editing.canUndo) editing.undo();
        expect(sorted(editing.document)).toEqual(sorted(first));
        while (editing.canRedo) editing.redo();
        expect(sorted(editing.document)).toEqual(sorted(last));
      }),
    );
  });

  test("played again from JSON it makes the same document, at any cursor", () => {
    fc.assert(
      fc.property(documents, edits, fc.nat(12), (first, list, undone) => {
        const editing = new Store(first);
        for (const edit of list) play(editing, edit);
        for (let i = 0; i < undone; i++) editing.undo();
        const log = JSON.parse(JSON.stringify(editing.log.slice(0, editing.cursor))) as Operation[];
        const again = log.reduce((document, operation) => applied(document, operation), first);
        expect(sorted(again)).toEqual(sorted(editing.document));
      }),
    );
  });

  test("a region that others drew is untouched by any undo and redo of mine", () => {
    fc.assert(
      fc.property(edits, regionOf("theirs"), (list, theirs) => {
        const editing = new Store(EMPTY);
        for (const edit of list) play(editing, edit);
        editing.adopt(withRegion(editing.document, "theirs", theirs));
        while (editing.canUndo) editing.undo();
        while (editing.canRedo) editing.redo();
        expect(isSameRegion(editing.region("theirs"), theirs)).toBe(true);
      }),
    );
  });
});

describe("past what a save takes", () => {
  const long = (corners: number, height = 16) =>
    Array.from({ length: corners }, (_, i) => [16 * i, (i % 2) * height]).flat();
  const full = (count: number) =>
    Array.from({ length: count }, (_, i) => region(`r${i}`, { rings: [long(4000)] }));

  test.each([
    ["an outline of too many corners", stack(), region("a", { rings: [long(4001)] })],
    ["too many corners altogether", stack(...full(50)), region("a", { rings: [long(4)] })],
    ["outlines that run up and down too far", stack(), region("a", { rings: [long(4000, 16 * 2501)] })],
    ["too many regions", stack(...Array.from({ length: 5000 }, (_, i) => region(`r${i}`))), region("a")],
  ])("%s: nothing changes, and who listens is told", (_, before, after) => {
    store = new Store(before);
    const told: Change["how"][] = [];
    store.subscribe(({ how }) => told.push(how));
    store.commit("draw", "a", after);
    expect([store.document, store.canUndo, told]).toEqual([before, false, ["refuse"]]);
  });

  test("a document that is too large already may become smaller", () => {
    store = new Store(stack(...full(51)));
    store.commit("delete", "r0", null);
    expect(store.document.regions.length).toBe(50);
  });
});
