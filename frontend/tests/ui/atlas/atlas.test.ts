import { beforeEach, expect, test, vi } from "vitest";
import { Atlas } from "../../../src/ui/atlas/atlas.svelte";
import { type AtlasAnswer, actOnFound, atlasPoints } from "../../../src/ui/atlas/calls";
import { undoAct } from "../../../src/ui/gallery/calls";
import { packed } from "../../model/points";
import { ApiError } from "../server";

vi.mock("../../../src/ui/atlas/calls", () => ({
  atlasPoints: vi.fn(),
  actOnFound: vi.fn(),
}));
vi.mock("../../../src/ui/gallery/calls", () => ({ undoAct: vi.fn() }));

const asked = vi.mocked(atlasPoints);
const answer: AtlasAnswer = {
  atlas: 7,
  values: ["good"],
  found_count: 2,
  placed_count: 1,
  point_count: 2,
  points: packed([
    [1, 10, 20, 0],
    [2, 30, 40, 255],
  ]),
};
const queries = () => asked.mock.calls.map(([, query]) => query);

beforeEach(() => {
  vi.clearAllMocks();
  asked.mockResolvedValue(answer);
  history.replaceState(null, "", "/projects/3/atlas/");
});

test("what is narrowed, coloured and lassoed stands in the address, and is asked for", async () => {
  const atlas = new Atlas(3, "split=train", "verdict");
  await atlas.load();
  expect([atlas.points?.count, atlas.tally[0], atlas.by]).toEqual([2, 1, "verdict"]);
  await atlas.narrow("good");
  await atlas.colour("subject");
  await atlas.lasso([0, 0, 900, 0, 900, 900]);
  const query = "split=train&verdict=good&by=subject&lasso=7_0-0_900-0_900-900";
  expect([queries().at(-1), location.search, atlas.filters]).toEqual([
    query,
    `?${query}`,
    query.replace("&by=subject", ""),
  ]);
  expect(atlas.corners).toEqual([0, 0, 900, 0, 900, 900]);
  await atlas.colour("verdict");
  await atlas.narrow("good");
  await atlas.lasso([]);
  expect([queries().at(-1), location.search, atlas.only, atlas.corners]).toEqual([
    "split=train",
    "?split=train",
    null,
    null,
  ]);
});

test("an act takes all that the filters find, and is taken back", async () => {
  const atlas = new Atlas(3, "by=kind&q=a&lasso=7_0-0_9-0_9-9", "verdict");
  vi.mocked(actOnFound).mockResolvedValue(300);
  vi.mocked(undoAct).mockResolvedValue(300);
  await atlas.act("album", "One scene");
  const [project, act] = vi.mocked(actOnFound).mock.calls[0] ?? [];
  expect([project, act?.matching, act?.album]).toEqual([3, { q: "a", lasso: "7_0-0_9-0_9-9" }, "One scene"]);
  expect(atlas.notice?.words).toBe("300 photos are in the album.");
  await atlas.notice?.undo?.();
  expect([vi.mocked(undoAct).mock.calls[0]?.[1], atlas.notice?.words]).toEqual([
    act?.act_id,
    "300 photos are as before.",
  ]);
});

test("a late answer to an older question is dropped, and a refusal is told", async () => {
  const atlas = new Atlas(3, "", "verdict");
  let late: (answer: AtlasAnswer) => void = () => {};
  asked.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
  const first = atlas.load();
  await atlas.colour("kind");
  late({ ...answer, placed_count: 99 });
  await first;
  expect(atlas.answer?.placed_count).toBe(1);
  asked.mockRejectedValueOnce(new ApiError(400, "invalid_filter", "This is no value of that filter."));
  await atlas.narrow("defocus");
  expect(atlas.trouble).toBe("This is no value of that filter.");
});
