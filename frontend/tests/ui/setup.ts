/** Around every test of pages and their state: a fresh server in memory, an empty page, the usual keys, the real clock. */
import { afterEach, beforeEach, vi } from "vitest";
import "./browser";
import { useKeys } from "../../src/editor/shortcuts";
import { clear } from "./page";
import { server } from "./server";

vi.mock("../../src/api", () => import("./server"));
vi.mock("../../src/ui/gallery/calls", () => import("./server"));
vi.mock("../../src/ui/preferences/calls", () => import("./server"));
vi.mock("../../src/ui/review/calls", () => import("./server"));
vi.mock("../../src/ui/rework/calls", () => import("./server"));
vi.mock("../../src/ui/upload/calls", () => import("./server"));
vi.mock("../../src/ui/vote/calls", () => import("./server"));
vi.mock("../../src/ui/workbench/calls", () => import("./server"));

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
