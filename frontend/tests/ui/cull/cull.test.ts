// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { type Decided, type Decision, putDecisions } from "../../../src/ui/cull/calls";
import { Cull } from "../../../src/ui/cull/cull.svelte";
import { ApiError } from "../server";

vi.mock("../../../src/ui/cull/calls", () => ({ putDecisions: vi.fn() }));

const put = vi.mocked(putDecisions);
const sent = (): (readonly Decided[])[] => put.mock.calls.map(([, photos]) => photos);

const photo = (number: number, decision: Decision = "") => ({
  number,
  file_name: `${number}.jpg`,
  thumbnail_url: "",
  photo_url: "",
  stars: 3,
  reason: "",
  decision,
});

const shoot = () =>
  new Cull({ decisions_url: "/decisions/", bursts: [[photo(2), photo(1), photo(0)], [photo(3, "keep")]] });

beforeEach(() => {
  put.mockReset(); // what a hook returns is called after the test
});

test("a decision is sent, and leads to the next photo", async () => {
  const cull = shoot();
  await cull.decide("reject");
  expect([sent(), cull.photo?.number, cull.counts]).toEqual([
    [[{ number: 2, decision: "reject" }]],
    1,
    { keep: 1, reject: 1 },
  ]);
});

test("the best is kept and the others of its burst are rejected in one go", async () => {
  const cull = shoot();
  cull.step(2);
  await cull.keepBest();
  expect([cull.decisions, cull.photo?.number]).toEqual([
    { 2: "keep", 1: "reject", 0: "reject", 3: "keep" },
    3,
  ]);
  expect(sent()).toHaveLength(1);
});

test("what is refused is taken back and told", async () => {
  const cull = shoot();
  put.mockRejectedValue(new ApiError(404, "not_found", "It is gone."));
  await cull.keepBest();
  expect([cull.counts, cull.error]).toEqual([{ keep: 1, reject: 0 }, "It is gone."]);
});

test("decisions are sent one after the other, and whoever leaves meanwhile is asked", async () => {
  const cull = shoot();
  const asked = () => {
    const leaving = new Event("beforeunload", { cancelable: true });
    cull.sending.guard(leaving);
    return leaving.defaultPrevented;
  };
  let answer = () => {};
  put.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
  const kept = cull.decide("keep");
  cull.step(-1);
  const rejected = cull.decide("reject");
  await Promise.resolve();
  expect([sent(), cull.sending.waiting, asked()]).toEqual([[[{ number: 2, decision: "keep" }]], 2, true]);
  answer();
  await Promise.all([kept, rejected]);
  expect([sent().length, cull.decisions[2], cull.sending.waiting, asked()]).toEqual([2, "reject", 0, false]);
});

test("a refusal does not take back what was decided on the photo after it", async () => {
  const cull = shoot();
  put.mockRejectedValueOnce(new ApiError(503, "busy", "Come again."));
  const kept = cull.decide("keep");
  cull.step(-1);
  await Promise.all([kept, cull.decide("reject")]);
  expect(cull.decisions[2]).toBe("reject");
});

test("a photo is held against the best of its burst, and the best against the next", () => {
  const cull = shoot();
  const rivals = [0, 1, 2, 3].map((at) => {
    cull.at = at;
    return cull.rival?.number;
  });
  expect(rivals).toEqual([1, 2, 2, undefined]);
});

test("steps end at the first and the last photo, and bursts at their best", () => {
  const cull = shoot();
  cull.step(-1);
  expect(cull.at).toBe(0);
  cull.stepBurst(5);
  expect(cull.at).toBe(3);
  cull.stepBurst(-1);
  expect(cull.at).toBe(0);
  cull.step(9);
  expect(cull.at).toBe(3);
});
