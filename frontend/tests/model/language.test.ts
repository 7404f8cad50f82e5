import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.resetModules();
  vi.unstubAllGlobals();
});

test("without a catalogue the English words stay, with their values", async () => {
  const { t, tn } = await import("../../src/model/language");
  expect(t("Region %(number)s of %(total)s", { number: 2, total: 9 })).toBe("Region 2 of 9");
  expect([1, 1200].map((count) => tn("%(count)s edit", "%(count)s edits", count))).toEqual([
    "1 edit",
    "1,200 edits",
  ]);
});

test("with a catalogue its words are said", async () => {
  vi.stubGlobal("django", {
    gettext: (message: string) => ({ "Level %(level)s": "Stufe %(level)s" })[message] ?? message,
    ngettext: (_: string, many: string, count: number) => (count === 1 ? "%(count)s Strich" : many),
  });
  const { t, tn } = await import("../../src/model/language");
  expect(t("Level %(level)s", { level: 3 })).toBe("Stufe 3");
  expect(t("Not there")).toBe("Not there");
  expect(tn("%(count)s edit", "%(count)s edits", 1)).toBe("1 Strich");
});
