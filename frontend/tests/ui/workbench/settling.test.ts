import { beforeEach, expect, test, vi } from "vitest";
import { takeTold } from "../../../src/ui/notice";
import { map, square, task } from "../samples";
import { ApiError, offline, server } from "../server";
import { atBench, draw, LABELLED, label, pass, rest, sit } from "./bench";

atBench();

/** Where the page went. */
let gone: string[] = [];

const settle = () => sit({ image: 1, review_url: "/photos/1" });

beforeEach(() => {
  gone = [];
  vi.spyOn(location, "assign").mockImplementation((url) => {
    gone.push(String(url));
  });
  server.now.settled.set(1, { ...task(1, { document: map(0, square("a", 1)) }), seen: 4 });
});

test("the curator's own map is opened as it was left, and no photo is fetched ahead", async () => {
  const session = await settle();
  expect([session.phase.is, session.document]).toEqual(["ready", map(0, square("a", 1))]);
  expect(server.asked).toEqual(["settling 1", "bytes 1"]);
  expect(location.search).toBe(""); // the address is the photo's own
});

test("instead of handing it in, the reason is asked for", async () => {
  const session = await settle();
  session.setVote("good");
  void session.submission.submit();
  await pass(100);
  expect([session.settling?.isAsked, session.submission.isUnderWay, server.handedIn]).toEqual([
    true,
    false,
    [],
  ]);
});

test("a map without a vote is not asked about", async () => {
  const session = await settle();
  void session.submission.submit();
  await pass(100);
  expect([session.settling?.isAsked, session.words]).toEqual([
    false,
    "Vote first: is the blur good, OK or bad, or is there none?",
  ]);
});

test("map, vote, reason and what was known are sent after the map is saved; then the photo's page is back", async () => {
  const session = await settle();
  draw(session, "b", 3);
  session.setVote("bad");
  await session.settling?.settle("The bird itself is blurred.");
  expect(server.askedOf("save", "settle ")).toEqual(["save 101", "settle 1"]);
  expect(server.decisions).toEqual([
    {
      annotation: 101,
      act_id: expect.any(String),
      desirability: "bad",
      reason: "The bird itself is blurred.",
      seen: 4,
    },
  ]);
  expect([gone, await session.journal?.read(101)]).toEqual([["/photos/1"], null]);
  expect(takeTold()?.undo?.url).toMatch(/^\/api\/images\/1\/decision\/[-0-9a-f]{36}\/undo\/$/);
});

test("what another decided meanwhile is told once; then one's own word holds over it", async () => {
  const session = await settle();
  session.setVote("bad");
  server.refuse(
    "settlePhoto",
    new ApiError(409, "settled_meanwhile", "Bea settled it as Good. Settle again?"),
  );
  server.now.settled.set(1, { ...task(1), seen: 5 });
  await session.settling?.settle("Mine");
  expect([session.settling?.refusal, session.settling?.isUnderWay, gone]).toEqual([
    "Bea settled it as Good. Settle again?",
    false,
    [],
  ]);
  await session.settling?.settle("Mine");
  expect([server.decisions.map(({ seen }) => seen), gone]).toEqual([[5], ["/photos/1"]]);
});

test("a refusal stays in the dialog until it is asked for anew", async () => {
  const session = await settle();
  session.setVote("bad");
  server.refuse("settlePhoto", offline());
  await session.settling?.settle("Mine");
  expect([session.settling?.refusal, gone]).toEqual([
    "The server does not answer. Your work is kept on this computer; try again in a moment.",
    [],
  ]);
  session.settling?.ask();
  expect(session.settling?.refusal).toBe("");
});

test("a map that cannot be saved settles nothing", async () => {
  const session = await settle();
  label(session);
  server.refuse("saveDraft", new ApiError(400, "invalid_document", "Simplify the outlines."));
  await session.settling?.settle("Mine");
  expect([session.settling?.refusal, server.decisions, session.document.regions.length]).toEqual([
    "Simplify the outlines.",
    [],
    LABELLED.regions.length + 1,
  ]);
});

test("two presses settle once; without a vote none does", async () => {
  const session = await settle();
  await session.settling?.settle("Mine");
  expect(server.decisions).toEqual([]);
  session.setVote("ok");
  const release = server.hold("settlePhoto");
  void session.settling?.settle("Mine");
  void session.settling?.settle("Mine");
  await rest();
  release();
  await rest();
  expect(server.decisions.length).toBe(1);
});
