import { beforeEach, expect, test, vi } from "vitest";
import Run from "../../../src/ui/run/Run.svelte";
import { all, cells, click, fill, isThere, lines, nameOf, one, press, settled, show, words } from "../page";
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
  table: {
    val_loss: [
      [1, 2],
      [2, 1.5],
    ],
    blur_ap: [[2], [0.75]],
  },
  curves: {
    loss: [
      [0.4, 1.2, 2],
      [3, 2, 1],
    ],
  },
  samples: [1, 2],
};
const VERSION_URLS = { compare: "/compare/?v=3&v=0", promote: "/models/0/promote/", try: "/models/0/try/" };
const URLS = { stop: "/stop", cancel: "/cancel", resume: "/resume", retry: "/retry" };

const tell = (more: object = {}) => server.now.pages.set("/live", { ...RUN, ...more });

async function open(): Promise<void> {
  show(Run, { live_url: "/live", sample_url: "/samples/0/", act_urls: URLS, version_urls: VERSION_URLS });
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
  expect(lines("div.card .row > .chip, div.card .row > .num")).toEqual([
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
  expect(lines(".tall thead th")).toEqual(["Epoch", "Validation loss", "Blur found"]);
  expect(cells(".tall tbody tr")).toEqual([
    ["2", "1.5000", "0.7500"],
    ["1", "2.0000", ""],
  ]);
});

const legend = (chart: number) => lines(`figure:nth-of-type(${chart}) .legend button`);
const told = (chart: number) =>
  one(`figure:nth-of-type(${chart}) [role=slider]`).getAttribute("aria-valuetext");

test("each chart's legend tells the last values", async () => {
  tell();
  await open();
  expect(lines("figcaption")).toEqual(["Loss Last values", "Blur map Last values"]);
  expect([legend(1), legend(2)]).toEqual([
    ["Training loss 1.0000", "Validation loss 1.5000"],
    ["Blur found 0.7500"],
  ]);
});

test("all legends tell the values at the epoch nearest to the pointer", async () => {
  tell();
  await open();
  one("[role=slider]").dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 11 }));
  await settled();
  expect([lines("figcaption"), legend(1), legend(2)]).toEqual([
    ["Loss Epoch 1", "Blur map Epoch 1"],
    ["Training loss 3.0000", "Validation loss 2.0000"],
    ["Blur found –"],
  ]);
  expect(all(".plot").map((each) => each.dataset.cursor)).toEqual(["10", "10"]);
  one("[role=slider]").dispatchEvent(new PointerEvent("pointerleave", { bubbles: true }));
  await settled();
  expect([legend(1)[0], one(".plot").dataset.cursor]).toEqual(["Training loss 1.0000", ""]);
});

test("arrows move the cursor over the epochs, and its values are said", async () => {
  tell();
  await open();
  one("[role=slider]").focus();
  expect(told(1)).toBe("Last values: Training loss 1.0000, Validation loss 1.5000");
  expect(await press("ArrowLeft")).toBe(true);
  expect([told(1), told(2)]).toEqual([
    "Epoch 1: Training loss 3.0000, Validation loss 2.0000",
    "Epoch 1: Blur found –",
  ]);
  await press("Home");
  await press("ArrowLeft");
  expect(lines("figcaption")[0]).toBe("Loss Epoch 0");
  await press("End");
  await press("ArrowRight");
  expect(lines("figcaption")[0]).toBe("Loss Epoch 2");
  await press("Home");
  await press("Escape");
  expect(lines("figcaption")[0]).toBe("Loss Last values");
});

test("a line is hidden and shown again by its legend", async () => {
  tell();
  await open();
  await click(one(".legend button"));
  expect([one(".legend button").getAttribute("aria-pressed"), one(".plot").dataset.drawn]).toEqual([
    "false",
    "[[1,2],[2,1.5]]",
  ]);
  await click(one(".legend button"));
  expect(one(".plot").dataset.lines).toBe("2");
});

test("new values join the curves as they come", async () => {
  tell();
  await open();
  tell({
    curves: {},
    table: {
      val_loss: [
        [1, 2, 3],
        [2, 1.5, 1.25],
      ],
    },
  });
  await wait(2_000);
  expect(legend(1)).toEqual(["Validation loss 1.2500"]);
  expect(one(".plot").dataset.drawn).toBe("[[1,2,3],[2,1.5,1.25]]");
});

test("a run that is done leads to its version and to what comes next", async () => {
  tell({ state: "done", version: { id: 7, name: "abc run 1", stage: "candidate" } });
  await open();
  const made = "[aria-label='The version it made']";
  expect(lines(`${made} h2, ${made} .chip`)).toEqual(["abc run 1", "Candidate"]);
  expect(all(`${made} a`).map((link) => [words(link), link.getAttribute("href")])).toEqual([
    ["Try it on photos", "/models/7/try/"],
    ["Compare with the one in production", "/compare/?v=3&v=7"],
    ["Promote", "/models/7/promote/"],
  ]);
});

test("a version in production is not promoted again", async () => {
  tell({ state: "done", version: { id: 7, name: "abc run 1", stage: "production" } });
  await open();
  expect([isThere("Promote"), isThere("Compare with the one in production")]).toEqual([false, false]);
});

test("before the first epoch there is nothing to show, and the page may be left", async () => {
  tell({
    state: "queued",
    epoch: 0,
    progress: 0,
    table: {},
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
