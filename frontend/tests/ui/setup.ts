/** Around every test of pages and their state: a fresh server in memory, an empty page, the usual keys, the real clock. */
import { afterEach, beforeEach, vi } from "vitest";
import "./browser";
import { useKeys } from "../../src/editor/shortcuts";
import { clear } from "./page";
import { server } from "./server";

vi.mock("../../src/api", () => import("./server"));

beforeEach(() => {
  server.reset();
  localStorage.clear();
  useKeys({});
});

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await clear();
  vi.useRealTimers();
});
