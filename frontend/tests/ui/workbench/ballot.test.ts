import { expect, test } from "vitest";
import { map, square, task } from "../samples";
import { offline, server } from "../server";
import { atBench, lose, opened, pass, rest, sit } from "./bench";

atBench();

const keptVote = async (session: Awaited<ReturnType<typeof sit>>) =>
  (await session.journal?.read(101))?.head.vote ?? null;

test("a vote is sent at once and is in the journal until the server has it", async () => {
  const session = await sit();
  const release = server.hold("castVote");
  session.ballot.cast("good");
  await rest();
  expect([session.ballot.vote, await keptVote(session)]).toEqual(["good", "good"]);
  release();
  await rest();
  expect([[...server.votes], await keptVote(session)]).toEqual([[[1, "good"]], null]);
});

test("of votes in haste the last one holds: it is sent once the first is answered", async () => {
  const session = await sit();
  const release = server.hold("castVote");
  for (const vote of ["good", "ok", "bad"] as const) {
    session.ballot.cast(vote);
    await rest();
  }
  expect(server.askedOf("vote")).toEqual(["vote good on 1"]);
  release();
  await rest();
  expect([session.ballot.vote, [...server.votes], await keptVote(session)]).toEqual([
    "bad",
    [[1, "bad"]],
    null,
  ]);
  expect(server.askedOf("vote")).toEqual(["vote good on 1", "vote bad on 1"]);
});

test("where only the earlier of two votes came through, the later one is still to be sent", async () => {
  const session = await sit();
  const release = server.hold("castVote");
  session.ballot.cast("good");
  await rest();
  session.ballot.cast("bad");
  server.refuse("castVote", null, offline());
  release();
  await rest();
  expect([[...server.votes], await keptVote(session)]).toEqual([[[1, "good"]], "bad"]);
  await session.ballot.send();
  expect([...server.votes]).toEqual([[1, "bad"]]);
});

test("a vote that could not be sent is back after a reload, and goes out with the photo", async () => {
  const first = await sit();
  server.now.isAway = true;
  first.ballot.cast("ok");
  await lose(first);
  const second = await sit();
  expect(second.ballot.vote).toBe("ok");
  await second.ballot.send();
  expect([...server.votes]).toEqual([[1, "ok"]]);
});

test("a vote of an earlier day is shown and is not sent again", async () => {
  server.now.tasks = [task(1, {}, { vote: "bad" })];
  const session = await sit();
  await session.ballot.send();
  expect([session.ballot.vote, server.askedOf("vote")]).toEqual(["bad", []]);
});

test("a vote that arrives when another photo is on the bench leaves that one's alone", async () => {
  const session = await sit();
  const release = server.hold("castVote");
  session.ballot.cast("good");
  void session.open(2, "push");
  await opened(session);
  session.ballot.cast("bad");
  server.refuse("castVote", offline(), offline());
  release();
  await rest();
  await session.ballot.send();
  expect([session.ballot.vote, server.askedOf("vote").at(-1)]).toEqual(["bad", "vote bad on 2"]);
});

test("a curator's word on a photo that is settled is no vote", async () => {
  server.now.settled.set(1, { ...task(1), seen: 4 });
  const session = await sit({ image: 1, review_url: "/photos/1" });
  session.ballot.cast("good");
  await pass(100);
  expect([session.ballot.vote, server.votes.size, await keptVote(session)]).toEqual(["good", 0, "good"]);
});

test("when the bench is empty there is no vote, and nothing to object to", async () => {
  server.now.tasks = [task(1, { document: map(0, square("a", 1)) })];
  const session = await sit();
  const { document } = session;
  expect(session.ballot.objectionTo(document)).toBe(
    "Vote first: is the blur good, OK or bad, or is there none?",
  );
  session.ballot.cast("good");
  expect(session.ballot.objectionTo(document)).toBe(null);
  session.ballot.close();
  expect([session.ballot.vote, session.ballot.objectionTo(document)]).toEqual([null, null]);
});
