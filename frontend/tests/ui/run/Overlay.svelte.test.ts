import { beforeEach, expect, test, vi } from "vitest";
import Overlay from "../../../src/ui/run/Overlay.svelte";
import { all, click, fill, lines, one, press, settled, show, words } from "../page";
import { server } from "../server";

vi.mock("uplot", () => import("./plot"));

const RUNS = [
  {
    id: 3,
    state: "done",
    curves: {
      val_loss: [
        [1, 2],
        [4, 2],
      ],
      blur_ap: [
        [1, 2],
        [0.5, 0.7],
      ],
    },
  },
  {
    id: 7,
    state: "running",
    curves: {
      val_loss: [
        [1, 2, 3],
        [3, 1, 1],
      ],
    },
  },
];

beforeEach(() => history.replaceState(null, "", "/runs/?r=3&r=7"));

async function open(runs: object[] = RUNS): Promise<void> {
  server.now.pages.set("/curves", { runs });
  show(Overlay, { curves_url: "/curves" });
  await settled();
}

const drawn = () => all(".plot").map((each) => each.dataset.drawn);
const legend = (chart: number) => lines(`figure:nth-of-type(${chart}) .legend button`);

test("each measure has a chart, with a line of every training that has it", async () => {
  await open();
  expect(lines("figcaption")).toEqual(["Validation loss Last values", "Blur found Last values"]);
  expect([legend(1), legend(2)]).toEqual([["Run 3 2.0000", "Run 7 1.0000"], ["Run 3 0.7000"]]);
  expect(drawn()).toEqual(["[[1,2,3],[4,2,null],[3,1,1]]", "[[1,2],[0.5,0.7]]"]);
});

test("a training that has ended has no value at later epochs", async () => {
  await open();
  one("[role=slider]").focus();
  await press("End");
  expect([lines("figcaption")[0], legend(1)]).toEqual([
    "Validation loss Epoch 3",
    ["Run 3 –", "Run 7 1.0000"],
  ]);
});

test("smoothing stands in the address beside the trainings, and what was measured behind the smoothed line", async () => {
  await open(RUNS.slice(0, 1));
  await fill("[name=smooth]", "0.5");
  expect([location.search, words("label .num")]).toEqual(["?r=3&r=7&smooth=0.5", "0.50"]);
  expect(drawn()[0]).toBe(`[[1,2],[4,2],[4,${(0.5 * 2 + 0.5 * 2) / 0.75}]]`);
  await fill("[name=smooth]", "0");
  expect([location.search, drawn()[0]]).toEqual(["?r=3&r=7", "[[1,2],[4,2]]"]);
});

test.each([
  ["?smooth=0.9", "0.90"],
  ["?smooth=1", "0.00"],
  ["?smooth=much", "0.00"],
])("an address with %s opens with smoothing of %s", async (search, told) => {
  history.replaceState(null, "", `/runs/${search}`);
  await open();
  expect(words("label .num")).toBe(told);
});

test("a training is hidden in all charts at once", async () => {
  await open();
  await click(one(".legend button"));
  expect(drawn()).toEqual(["[[1,2,3],[3,1,1]]", "[[]]"]);
});

test("trainings without an epoch say so", async () => {
  await open([{ id: 3, state: "queued", curves: {} }]);
  expect(lines("section > p")).toEqual(["None of them has ended an epoch yet."]);
});
