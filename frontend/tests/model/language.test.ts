import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.resetModules();
  vi.unstubAllGlobals();
});

/** The module as a page with these things on it loads it. */
async function loaded(page: { django?: unknown; lang?: string } = {}) {
  vi.resetModules();
  if ("django" in page) vi.stubGlobal("django", page.django);
  if ("lang" in page) vi.stubGlobal("document", { documentElement: { lang: page.lang } });
  return import("../../src/model/language");
}

const german = {
  gettext: (message: string) => ({ "Level %(level)s": "Stufe %(level)s" })[message] ?? message,
  ngettext: (_: string, __: string, count: number) =>
    count === 1 ? "%(count)s Strich" : "%(count)s Striche",
};

test("without a catalogue the English words stay, with their values", async () => {
  const { t, tn } = await loaded();
  expect(t("Region %(number)s of %(total)s", { number: 2, total: 9 })).toBe("Region 2 of 9");
  expect([0, 1, 2].map((count) => tn("%(count)s edit", "%(count)s edits", count))).toEqual([
    "0 edits",
    "1 edit",
    "2 edits",
  ]);
});

test("with a catalogue its words are said, and English where it has none", async () => {
  const { t, tn } = await loaded({ django: german });
  expect([t("Level %(level)s", { level: 3 }), t("Not there")]).toEqual(["Stufe 3", "Not there"]);
  expect([1, 5].map((count) => tn("%(count)s edit", "%(count)s edits", count))).toEqual([
    "1 Strich",
    "5 Striche",
  ]);
});

test("the admin's django, which has other things in it, is no catalogue", async () => {
  const { t, tn } = await loaded({ django: { jQuery: {} } });
  expect([t("Level %(level)s", { level: 3 }), tn("one", "many", 2)]).toEqual(["Level 3", "many"]);
});

test.each([
  ["en", "1,234,567 edits"],
  ["de", "1.234.567 edits"],
  ["", "1,234,567 edits"],
])("numbers are grouped as the page's language '%s' has it", async (lang, words) => {
  const { tn } = await loaded({ lang });
  expect(tn("%(count)s edit", "%(count)s edits", 1_234_567)).toBe(words);
});

test("the language is the page's, English where it says none", async () => {
  expect((await loaded({ lang: "de" })).LANGUAGE).toBe("de");
  expect((await loaded({ lang: "" })).LANGUAGE).toBe("en");
  vi.unstubAllGlobals();
  expect((await loaded()).LANGUAGE).toBe("en"); // a worker has no page
});

test("a value that is nought or nothing is said, one that is missing leaves its name", async () => {
  const { t } = await loaded();
  expect(t("%(a)s, %(b)s, %(c)s", { a: 0, b: "" })).toBe("0, , %(c)s");
});

test("a value is said as it is, whatever signs are in it, as often as it is named", async () => {
  const { t } = await loaded();
  expect(t("%(name)s and %(name)s", { name: "$& %(name)s $1" })).toBe("$& %(name)s $1 and $& %(name)s $1");
});

test("further values stand beside the count, a count of one's own words over the number", async () => {
  const { tn } = await loaded();
  expect(tn("%(count)s of %(all)s", "%(count)s of %(all)s", 2, { all: 9 })).toBe("2 of 9");
  expect(tn("%(count)s photo", "%(count)s photos", 2, { count: "two" })).toBe("two photos");
});

test("numbers marked as such are filled in too, and a per cent sign alone is one", async () => {
  const { t } = await loaded();
  expect(t("%(share)d % of it", { share: 70 })).toBe("70 % of it");
});
