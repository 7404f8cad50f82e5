import { beforeEach, expect, test, vi } from "vitest";
import JobCard from "../../../src/ui/jobs/JobCard.svelte";
import { all, click, isThere, lines, one, settled, show, words } from "../page";
import { ApiError, server } from "../server";

const JOB = {
  kind: "release",
  title: "Spring 3",
  poll_url: "/job",
  cancel_url: "/job/cancel",
  links: [
    { label: "Download", url: "/zip" },
    { label: "Its page", url: "/page" },
  ],
} as const;

const tell = (state: string, progress = 0, more: object = {}) =>
  server.now.pages.set("/job", { state, progress, error: "", ...more });

async function open(): Promise<void> {
  show(JobCard, { job: JOB });
  await settled();
}

async function wait(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settled();
}

beforeEach(() => vi.useFakeTimers({ now: 0, toFake: ["setTimeout", "clearTimeout", "Date"] }));

test("a job that waits says so, without a share that nobody knows", async () => {
  tell("queued");
  await open();
  expect(words("article")).toBe(
    "Spring 3 Waiting Stop It waits for a worker. You can leave this page and come back.",
  );
  expect(one("progress").getAttribute("value")).toBe(null);
  expect(one("article").getAttribute("aria-label")).toBe("Spring 3");
});

test("one that runs says how far it is and, from its pace, how long it takes", async () => {
  tell("running", 0.1, { epoch: 1, epochs: 10, note: "10 of 100 photos" });
  await open();
  expect(words("p")).toBe("10 %, epoch 1 of 10, 10 of 100 photos. You can leave this page and come back.");
  tell("running", 0.2, { epoch: 2, epochs: 10 });
  await wait(2_000);
  expect(words("p")).toBe("20 %, epoch 2 of 10, about 16 s left. You can leave this page and come back.");
});

test("another attempt is said, and its pace begins anew", async () => {
  tell("running", 0.5);
  await open();
  tell("running", 0.1, { attempt: 2 });
  await wait(2_000);
  expect(words("p")).toBe(
    "10 %. A worker went away; this is attempt 2. You can leave this page and come back.",
  );
});

test("when it is ready its links are offered, the first before the others, and it is asked no more", async () => {
  tell("ready", 1, { note: "120 photos", bytes: 5_000_000 });
  await open();
  expect([words(".chip"), ...lines(".actions span"), ...lines("a")]).toEqual([
    "Ready",
    "120 photos.",
    "4.8 MB",
    "Download",
    "Its page",
  ]);
  expect(all("a").map((link) => link.className)).toEqual(["button primary", "button"]);
  await wait(60_000);
  expect(server.asked).toEqual(["poll /job"]);
});

test("where the page around it tells more once it is over, the page is opened anew", async () => {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  tell("running", 0.5);
  show(JobCard, { job: { ...JOB, links: [], reloads: true } });
  await settled();
  expect(reload).not.toHaveBeenCalled();
  tell("ready", 1);
  await wait(2_000);
  expect(reload).toHaveBeenCalledOnce();
  await wait(60_000);
  expect(server.asked).toEqual(["poll /job", "poll /job"]);
});

test("what went wrong is told in the job's words, or that it was stopped", async () => {
  tell("failed", 0.4, { error: "Photo 7 has no licence." });
  await open();
  expect(words("[role=alert]")).toBe("Photo 7 has no licence.");
  document.body.replaceChildren();
  tell("cancelled");
  await open();
  expect(words(".notice.warning")).toBe("It was stopped before its end. Nothing half-done is kept.");
  expect(isThere("Stop")).toBe(false);
});

test("while the server is away it is asked ever more rarely, and the page says that the work goes on", async () => {
  tell("running", 0.3);
  await open();
  server.now.isAway = true;
  await wait(2_000);
  expect(lines("[role=status]").at(-1)).toBe("The server does not answer. The work goes on; we keep asking.");
  await wait(4_000 + 8_000 + 16_000 + 30_000 + 30_000);
  expect(server.asked.length).toBe(7);
  server.now.isAway = false;
  await wait(30_000);
  expect(lines("[role=status]").length).toBe(1);
});

test("it can be stopped; a refusal is told", async () => {
  tell("running", 0.3);
  await open();
  await click("Stop");
  expect(server.asked).toEqual(["poll /job", "POST /job/cancel", "poll /job"]); // it shows at once
  server.refuse("request", new ApiError(409, "over", "It has ended."), new Error("no"));
  await click("Stop");
  expect(lines("[role=status]").at(-1)).toBe("It has ended.");
  await click("Stop");
  expect(lines("[role=status]").at(-1)).toBe("It could not be stopped.");
});
