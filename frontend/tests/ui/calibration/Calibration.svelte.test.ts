import { beforeEach, expect, test, vi } from "vitest";
import Calibration from "../../../src/ui/calibration/Calibration.svelte";
import { all, fill, lines, one, settled, show, words } from "../page";
import { ApiError, server } from "../server";

/** The page's form with three levels, as Django writes it. */
function form(ends = ["0.8", "2.4", ""], samples = ["0", "1.8", "7"]): string {
  const rows = ["Sharp", "Low", "High"].map(
    (name, n) => `<fieldset><input name="form-${n}-name" value="${name}">
      <input name="form-${n}-sigma_to" value="${ends[n]}">
      <input name="form-${n}-sample_sigma" value="${samples[n]}"></fieldset>`,
  );
  return `<form id="levels-form">${rows.join("")}</form><div id="island"></div>`;
}

const PHOTOS = [{ id: 5, file_name: "lake.jpg", width: 3000, height: 2000 }];

async function open(page = form()): Promise<void> {
  document.body.innerHTML = page;
  show(Calibration, { picture_url: "/cat.png", photos: PHOTOS }, one("#island"));
  await made();
}

/** Typing rests, and the worker has answered. */
async function made(): Promise<void> {
  await settled();
  await vi.advanceTimersByTimeAsync(200);
  await settled();
}

const status = () => words("[role=status]");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

test("each level has a sample and, but for the last, one of where it ends", async () => {
  await open();
  expect(lines("figcaption")).toEqual([
    "Sample: 0 px",
    "Ends at: 0.8 px",
    "Sample: 1.8 px",
    "Ends at: 2.4 px",
    "Sample: 7 px",
  ]);
  expect(
    all("figure")
      .map((each) => each.getAttribute("aria-label"))
      .slice(0, 2),
  ).toEqual(["Sample of level 0", "Where level 0 ends"]);
  expect(all("canvas[data-made]").length).toBe(5);
  expect(status()).toBe("True pixels, blurred in linear light. Cat's eye: Stéfan van der Walt, CC0.");
});

test("the levels lie on a line of blur with their names and ends", async () => {
  await open();
  expect(lines(".sigma-line li")).toEqual(["0 Sharp under 0.8 px", "1 Low 0.8–2.4 px", "2 High over 2.4 px"]);
});

test("what is typed is seen at once on the line; ends that do not rise have none", async () => {
  await open();
  await fill("[name=form-0-sigma_to]", "1.2");
  expect(lines(".sigma-line li")[0]).toBe("0 Sharp under 1.2 px");
  await fill("[name=form-0-sigma_to]", "9");
  expect(all(".sigma-line").length).toBe(0);
});

test("a sample that is no number is left out", async () => {
  await open();
  await fill("[name=form-1-sample_sigma]", "soft");
  await made();
  expect(lines("h3")).toEqual(["0 Sharp", "2 High"]);
});

test("a photo is chosen at its own size, where the same level spreads over more pixels", async () => {
  await open();
  await fill("#calibration-source", "5");
  await made();
  expect(server.asked).toEqual(["bytes 5"]);
  expect(lines("#calibration-side option")).toEqual([
    "1024 px",
    "2048 px",
    "3000 px, its own",
    "4096 px",
    "6000 px",
  ]);
  expect([one<HTMLSelectElement>("#calibration-side").value, lines("figcaption").at(-1)]).toEqual([
    "3000",
    "Sample: 20.5 px",
  ]);
  expect(status()).toBe(
    "True pixels of the photo's sharpest place, blurred in linear light. If it is a little soft itself, the samples are a little softer than they say.",
  );
});

test("a photo that cannot be had or decoded says so in place of the samples", async () => {
  await open();
  server.refuse("photoBytes", new ApiError(404, "not_found", "This photo is gone."));
  await fill("#calibration-source", "5");
  await made();
  expect([words("[role=alert]"), all("canvas").length]).toEqual(["This photo is gone.", 0]);
});
