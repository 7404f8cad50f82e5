import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "../../../src/ui/links/copy";

afterEach(() => vi.unstubAllGlobals());

const field = { select: vi.fn() } as unknown as HTMLInputElement;

test("the text goes to the clipboard where the browser gives one", async () => {
  const written: string[] = [];
  vi.stubGlobal("navigator", { clipboard: { writeText: async (text: string) => void written.push(text) } });
  expect(await copyText("https://a/join/1/", field)).toBe(true);
  expect(written).toEqual(["https://a/join/1/"]);
});

test("over plain HTTP the field's text is selected and copied", async () => {
  const acts: string[] = [];
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("document", { execCommand: (act: string) => acts.push(act) > 0 });
  const plain = { select: () => acts.push("select") } as unknown as HTMLInputElement;
  expect(await copyText("https://a/join/1/", plain)).toBe(true);
  expect(acts).toEqual(["select", "copy"]);
});

test("a browser that refuses both is told of", async () => {
  vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("no")) } });
  vi.stubGlobal("document", { execCommand: () => false });
  expect(await copyText("x", field)).toBe(false);
});
