import { beforeEach, expect, test, vi } from "vitest";
import Run from "../../../src/ui/run/Run.svelte";
import { all, cells, click, fill, isThere, lines, nameOf, one, settled, show, words } from "../page";
import { ApiError, server } from "../server";

vi.mock("uplot", () => import("./plot"));

const RUN = {
  state: "running",
  epoch: 2,
  epochs: 8,
  progress: 0.25,
  attempt: 1,
  images_per_s: 12.34,
  started_at: null,
  error: "",
  log_tail: "epoch 2",
  attempts: [
    { number: 1, reason: "First", worker: "gpu-1", from_epoch: 0, started_at: "2026-01-01T00:00:00Z" },
  ],
  version: null,
  table: [
    { epoch: 1, name: "val_loss", value: 2 },
    { epoch: 2, name: "val_loss", value: 1.5 },
    { epoch: 2, name: "blur_ap", value: 0.75 },
  ],
  curves: {
    val_loss: [
      [1, 2],
      [2, 1.5],
    ],
    blur_ap: [[2], [0.75]],
  },
  samples: [1, 2],
};
const URLS = { stop: "/stop", cancel: "/cancel", resume: "/resume", retry: "/retry" };

const tell = (more: object = {}) => server.now.pages.set("/live", { ...RUN, ...more });

async function open(): Promise<void> {
  show(Run, { live_url: "/live", sample_url: "/samples/0/", act_urls: URLS });
  await settled();
}

async function wait(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settled();
}

beforeEach(() =>
  vi.useFakeTimers({
    now: Date.parse("2026-01-01T00:02:00Z"),
    toFake: ["setTimeout", "clearTimeout", "Date"],
  }),
);

test("a run that trains says where it is, how fast and for how long, and what can be done", async () => {
  tell();
  await open();
  expect(lines(".card .row > .chip, .card .row > .num")).toEqual([
    "Training",
    "epoch 2 of 8",
    "12.3 images/s",
    "about 6 min left",
  ]);
  expect(lines(".actions button")).toEqual(["Stop after this epoch", "Cancel"]);
  expect(one("progress").getAttribute("value")).toBe("0.25");
});

test("metrics stand in a table, the newest epoch first, with what each has", async () => {
  tell();
  await open();
  expect(lines(".loose > .table-frame th")).toEqual(["Epoch", "Validation loss", "Blur found"]);
  expect(cells(".loose > .table-frame tbody tr")).toEqual([
    ["2", "1.5000", "0.7500"],
    ["1", "2.0000", ""],
  ]);
});

test("each chart tells its last values to who does not see it", async () => {
  tell();
  await open();
  expect(lines("figcaption")).toEqual(["Loss", "Blur map"]);
  expect(lines("figure p")[0]).toBe(
    "Loss over the epochs; the table below tells the same in numbers. Last values: Validation loss 1.500.",
  );
});

test("new values join the curves as they come", async () => {
  tell();
  await open();
  tell({
    curves: {
      ...RUN.curves,
      val_loss: [
        [1, 2, 3],
        [2, 1.5, 1.25],
      ],
    },
  });
  await wait(2_000);
  expect(lines("figure p")[0]).toContain("Validation loss 1.250.");
  expect(one(".plot").dataset.drawn).toBe("[[1,2,3],[2,1.5,1.25]]");
});

test("before the first epoch there is nothing to show, and the page may be left", async () => {
  tell({
    state: "queued",
    epoch: 0,
    progress: 0,
    table: [],
    curves: {},
    samples: [],
    attempts: [],
    log_tail: "",
  });
  await open();
  expect([words(".chip"), lines(".loose > p"), all("figure, details, img").length]).toEqual([
    "Waits for a worker",
    ["Waiting for the first epoch. You can leave this page; the run goes on."],
    0,
  ]);
});

test("a run that is over is asked no more; what can be done then stands there", async () => {
  tell({ state: "failed", error: "It ran out of memory." });
  await open();
  expect([words(".error"), lines(".actions button")]).toEqual([
    "It ran out of memory.",
    ["Resume from its last checkpoint", "Start over"],
  ]);
  await wait(120_000);
  expect(server.asked).toEqual(["poll /live"]);
  tell({ state: "queued" });
  await click("Start over");
  expect([server.asked.at(-2), words(".chip")]).toEqual(["POST /retry", "Waits for a worker"]);
});

test("an act that is refused says why, and the next one begins without those words", async () => {
  tell();
  await open();
  server.refuse("request", new ApiError(409, "over", "It has ended."), new Error("?"));
  await click("Cancel");
  expect(words("[role=alert]")).toBe("It has ended.");
  await click("Cancel");
  expect(words("[role=alert]")).toBe("That did not work.");
  await click("Cancel");
  expect(all("[role=alert]").length).toBe(0);
});

test("while the server is away what was known stays, and it is asked ever more rarely", async () => {
  tell();
  await open();
  server.now.isAway = true;
  await wait(2_000 + 4_000 + 8_000);
  expect([words(".warning"), words(".chip"), server.asked.length]).toEqual([
    "The server does not answer. The run goes on. We keep trying.",
    "Training",
    4,
  ]);
  server.now.isAway = false;
  await wait(16_000);
  expect(all(".warning").length).toBe(0);
});

test("attempts and the end of the log are told", async () => {
  tell();
  await open();
  expect(cells("[aria-label=Attempts] tbody tr")[0]?.slice(0, 4)).toEqual(["1", "First", "0", "gpu-1"]);
  expect(words("pre")).toBe("epoch 2");
});

test("the sample sheet follows the run until an earlier epoch is chosen, and again from its end on", async () => {
  tell();
  await open();
  const sheet = () => one(".sample-sheet").getAttribute("src");
  expect([sheet(), nameOf(one("[type=range]"))]).toEqual(["/samples/2/", ""]);
  await fill("[type=range]", "0");
  tell({ samples: [1, 2, 3] });
  await wait(2_000);
  expect([sheet(), words("label.row span")]).toEqual(["/samples/1/", "Epoch 1"]);
  await fill("[type=range]", "2");
  tell({ samples: [1, 2, 3, 4] });
  await wait(2_000);
  expect([sheet(), isThere("Cancel")]).toEqual(["/samples/4/", true]);
});
