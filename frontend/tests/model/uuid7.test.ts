import { afterEach, expect, test, vi } from "vitest";
import { uuid7 } from "../../src/model/uuid7";

afterEach(() => vi.restoreAllMocks());

const EXAMPLE_MS = 1_645_557_742_000; // of RFC 9562, appendix A.6: 0x017F22E279B0

/** Let chance give these bytes. */
function draw(bytes: readonly number[]) {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    (array as Uint8Array).set(bytes);
    return array;
  });
}

test("the example of RFC 9562 comes out of its time and its random bits", () => {
  draw([0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  expect(uuid7(EXAMPLE_MS)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test.each([
  [0x00, "017f22e2-79b0-7000-8000-000000000000"],
  [0xff, "017f22e2-79b0-7fff-bfff-ffffffffffff"],
])("version and variant stand whatever chance says: %i", (byte, name) => {
  draw(Array(16).fill(byte));
  expect(uuid7(EXAMPLE_MS)).toBe(name);
});

test.each([
  [0, "00000000-0000"],
  [1, "00000000-0001"],
  [2 ** 32, "00010000-0000"],
  [2 ** 48 - 1, "ffffffff-ffff"],
])("%i ms are the first 48 bits", (now, start) => {
  expect(uuid7(now).slice(0, 13)).toBe(start);
});

test("names are ordered by time, and differ within a millisecond", () => {
  const names = Array.from({ length: 200 }, (_, i) => uuid7(EXAMPLE_MS + (i >> 1)));
  expect(new Set(names).size).toBe(200);
  const starts = names.map((name) => name.slice(0, 13));
  expect(starts).toEqual([...starts].sort());
});

test("without a time it is now", () => {
  vi.spyOn(Date, "now").mockReturnValue(EXAMPLE_MS);
  expect(uuid7().slice(0, 15)).toBe("017f22e2-79b0-7");
});
