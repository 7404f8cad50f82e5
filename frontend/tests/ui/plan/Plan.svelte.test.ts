import { expect, test } from "vitest";
import Plan from "../../../src/ui/plan/Plan.svelte";
import { all, cells, fill, lines, one, settled, show, words } from "../page";
import { ApiError, offline, server } from "../server";

const FORM = `<form><input name="csrfmiddlewaretoken" value="secret">
  <select name="release"><option value=""></option><option value="3">Spring</option></select>
  <input name="epochs" value="12"><div id="island"></div></form>`;
const PLAN = {
  splits: { train: 80, validation: 10, test: 10 },
  verdicts: [
    { name: "Good", count: 60 },
    { name: "Bad", count: 40 },
  ],
  seconds: [60, 300],
  same_run: null,
};

async function open(): Promise<void> {
  document.body.innerHTML = FORM;
  show(Plan, { plan_url: "/plan", run_url: "/runs/0/" }, one("#island"));
  await settled();
}

const tell = (more: object = {}) => server.now.pages.set("/plan?release=3&epochs=12", { ...PLAN, ...more });

test("before a release is chosen nothing is asked, and the page says what to do", async () => {
  await open();
  expect([words(".plan"), server.asked]).toEqual(["Choose a release to see what is in it.", []]);
});

test("the chosen release is told in photos, verdicts and time; no token leaves with the question", async () => {
  tell();
  await open();
  await fill("select", "3");
  expect(server.asked).toEqual(["GET /plan?release=3&epochs=12"]);
  expect(lines(".plan > p")).toEqual([
    "80 photos to train on, 10 to choose by, 10 to measure on.",
    "1 to 5 min of training, at the speed of past runs of this network.",
  ]);
  expect(cells()).toEqual([
    ["Good", "", "60"],
    ["Bad", "", "40"],
  ]);
  expect(all("meter").map((bar) => [bar.getAttribute("value"), bar.getAttribute("max")])).toEqual([
    ["60", "60"],
    ["40", "60"],
  ]);
});

test("where no run says how long it takes, that is said; the very same training is linked", async () => {
  tell({ seconds: null, same_run: { id: 9, state: "done" } });
  await open();
  await fill("select", "3");
  expect(words(".plan > p:nth-of-type(2)")).toBe(
    "How long it takes is not known: no run of this network and scale has ended yet.",
  );
  expect(words(".warning")).toBe(
    "The very same training exists: run 9 (done). Its result would be the same.",
  );
  expect(one<HTMLAnchorElement>("a").getAttribute("href")).toBe("/runs/9/");
});

test("of two questions the later one's answer stands, whichever comes last", async () => {
  tell();
  server.now.pages.set("/plan?release=3&epochs=13", {
    ...PLAN,
    splits: { train: 1, validation: 2, test: 3 },
  });
  await open();
  const first = server.hold("request");
  await fill("select", "3");
  const second = server.hold("request");
  await fill("[name=epochs]", "13");
  for (const release of [second, first]) {
    release();
    await settled();
  }
  expect(words(".plan > p")).toBe("1 photos to train on, 2 to choose by, 3 to measure on.");
});

test("a refusal stands in place of the plan", async () => {
  tell();
  await open();
  await fill("select", "3");
  server.refuse("request", new ApiError(400, "invalid", "Use 1 to 500 epochs."), offline());
  await fill("select", "3");
  expect(words(".plan")).toBe("Use 1 to 500 epochs.");
  await fill("select", "3");
  expect(words(".plan")).toBe("The server does not answer.");
});
