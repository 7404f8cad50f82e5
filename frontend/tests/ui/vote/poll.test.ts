import { beforeEach, expect, test, vi } from "vitest";
import { ApiError, type Image } from "../../../src/api";
import type { Photo } from "../../../src/editor/photo";
import { type Booth, Poll } from "../../../src/ui/vote/poll.svelte";

const image = (id: number) => ({ id, file_name: `${id}.jpg` }) as Image;
const photo = { width: 4, height: 3, bitmaps: [] } as Photo;

/** A server with three photos; it says what was asked of it. */
class Server implements Booth {
  readonly votes = new Map<number, string>();
  readonly asked: string[] = [];
  isAway = false;

  constructor(private readonly ids: number[] = [1, 2, 3]) {}

  unvoted = async () => {
    const results = this.ids.filter((id) => !this.votes.has(id)).map(image);
    return { count: results.length, results } as never;
  };
  castVote = async (id: number, vote: string, _elapsed_ms: number, alone?: boolean) => {
    this.asked.push(`${vote} ${id}${alone ? " alone" : ""}`);
    if (this.isAway) throw new ApiError(0, "no_answer", "No answer.");
    this.votes.set(id, vote);
  };
  withdrawVote = async (id: number) => {
    this.asked.push(`withdraw ${id}`);
    this.votes.delete(id);
  };
  photo = async ({ id }: Image) => {
    this.asked.push(`photo ${id}`);
    return photo;
  };
}

let server: Server;
let poll: Poll;

beforeEach(async () => {
  server = new Server();
  poll = new Poll(1, 5, server);
  await poll.next();
});

const settled = () => vi.waitFor(() => expect(poll.phase).not.toBe("loading"));

test("the next photo is fetched while one looks at this one, each once", async () => {
  expect([poll.image?.id, poll.waiting, server.asked]).toEqual([1, 3, ["photo 1", "photo 2"]]);
  await poll.vote("good");
  expect([poll.image?.id, poll.voted, poll.waiting]).toEqual([2, 6, 2]);
  expect(server.asked.filter((each) => each.startsWith("photo"))).toEqual(["photo 1", "photo 2", "photo 3"]);
  expect([...server.votes]).toEqual([[1, "good"]]);
  expect(server.asked).toContain("good 1 alone");
});

test("after the last photo nothing waits", async () => {
  for (const vote of ["good", "ok", "bad"] as const) await poll.vote(vote);
  expect([poll.phase, poll.waiting, server.votes.size]).toEqual(["empty", 0, 3]);
});

test("undo takes the vote back and shows its photo again, also from the end", async () => {
  for (const vote of ["good", "ok", "bad"] as const) await poll.vote(vote);
  await poll.undo();
  await settled();
  expect([poll.image?.id, poll.voted, poll.last]).toEqual([3, 7, null]);
  await vi.waitFor(() => expect([...server.votes.keys()]).toEqual([1, 2]));
});

test("a vote that is not saved brings its photo back, in words", async () => {
  server.isAway = true;
  await poll.vote("bad");
  await vi.waitFor(() => expect(poll.image?.id).toBe(1));
  await settled();
  expect([poll.words, poll.voted, poll.waiting]).toEqual([
    "The vote is not saved. The server does not answer. Try again in a moment.",
    5,
    3,
  ]);
  server.isAway = false;
  await poll.vote("bad");
  await vi.waitFor(() => expect([...server.votes]).toEqual([[1, "bad"]]));
});

test("a photo left for later comes after the others", async () => {
  await poll.skip();
  expect(poll.image?.id).toBe(2);
  await poll.vote("ok");
  await poll.vote("ok");
  expect(poll.image?.id).toBe(1);
  await poll.skip();
  expect([poll.image?.id, poll.words]).toEqual([1, "No other photo waits."]);
});

test("a photo that cannot be opened says why, and is tried again", async () => {
  const broken = new Server();
  let isBroken = true;
  const decode = broken.photo;
  broken.photo = async (each) => {
    if (isBroken) throw new Error("It cannot be decoded.");
    return decode(each);
  };
  const sitting = new Poll(1, 0, broken);
  await sitting.next();
  expect([sitting.phase, sitting.words]).toEqual(["failed", "It cannot be decoded."]);
  isBroken = false;
  await sitting.next();
  expect([sitting.phase, sitting.image?.id]).toEqual(["ready", 1]);
});

test.each([
  [new ApiError(401, "not_authenticated", ""), "Your session has ended. Sign in again to go on."],
  [new ApiError(403, "no_role", "You do not vote here."), "You do not vote here."],
  ["?", "Something went wrong."],
])("that nothing is known of what waits is said: %s", async (error, words) => {
  const away = new Server();
  away.unvoted = async () => {
    throw error;
  };
  const sitting = new Poll(1, 0, away);
  await sitting.next();
  expect([sitting.phase, sitting.words]).toEqual(["failed", words]);
});

test("a vote that cannot be taken back is told, and its photo is shown all the same", async () => {
  await poll.vote("good");
  server.withdrawVote = async () => {
    throw new ApiError(0, "offline", "");
  };
  await poll.undo();
  await vi.waitFor(() =>
    expect(poll.words).toBe("The vote is not taken back. The server does not answer. Try again in a moment."),
  );
  expect(poll.image?.id).toBe(1);
});

test("nothing can be voted on, skipped or taken back before a photo is there", async () => {
  const sitting = new Poll(1, 0, new Server());
  await Promise.all([sitting.vote("good"), sitting.skip(), sitting.undo()]);
  expect([sitting.voted, sitting.last, sitting.words]).toEqual([0, null, ""]);
});

test("photos that were looked at are given back, but for this one and the next", async () => {
  const closed: number[] = [];
  const many = new Server([1, 2, 3, 4]);
  many.photo = async ({ id }) => ({
    ...photo,
    bitmaps: [{ close: () => closed.push(id) } as unknown as ImageBitmap],
  });
  const sitting = new Poll(1, 0, many);
  await sitting.next();
  for (const vote of ["good", "ok"] as const) await sitting.vote(vote);
  expect(closed).toEqual([1, 2]);
});

test("who gets no photos for now is told why, not that a photo could not be opened", async () => {
  server.unvoted = () => Promise.reject(new ApiError(409, "feed_paused", "Too few were right."));
  const paused = new Poll(1, 5, server);
  await paused.next();
  expect([paused.phase, paused.words]).toEqual(["paused", "Too few were right."]);
});
