import { beforeEach, expect, test, vi } from "vitest";
import { ApiError, type Image } from "../../src/api";
import type { Photo } from "../../src/editor/photo";
import { type Booth, Poll } from "../../src/ui/vote/poll.svelte";

const image = (id: number) => ({ id, file_name: `${id}.jpg`, orientation: 1 }) as Image;
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
