import { beforeEach, expect, test } from "vitest";
import type { Renderer } from "../../../src/editor/renderer";
import { IGNORE } from "../../../src/model/annotation";
import { inOrderOf, Review, whereabouts } from "../../../src/ui/review/review.svelte";
import { PHOTO } from "../browser";
import { annotation, image, LEVELS, map, square } from "../samples";
import { ApiError, server } from "../server";

const PEOPLE = [
  { annotation: 7, name: "ada", vote: "bad" },
  { annotation: 8, name: "bea", vote: "good" },
];
const MAPS = [map(0, square("a", 1)), map(0, square("b", 3, 50, 40, 20))];
const place = (box: number[], ...levels: number[]) => ({ box, area_px: 100, levels });

/** A tile on the page, so many CSS pixels wide. */
const tile = (width: number) =>
  ({
    size: { width, height: (width * 4) / 5 },
    pixelRatio: 1,
    refresh: () => {},
    stop: () => {},
  }) as unknown as Renderer;

let review: Review;

beforeEach(() => {
  server.now.annotations = new Map(
    MAPS.map((document, i) => [7 + i, annotation(7 + i, 1, { document })] as const),
  );
  server.now.differences = {
    annotations: [8, 7],
    differences: [place([10, 10, 50, 50], 0, 1), place([50, 40, 70, 60], 3, 0)],
  };
  review = new Review({ image: image(1), levels: LEVELS, people: PEOPLE });
  review.join(0, tile(200));
  review.join(1, tile(200));
  review.join("apart", tile(100));
  review.lay();
});

test("a place is told by where it is on the photo", () => {
  expect(whereabouts([0, 0, 10, 10], 90, 90)).toBe("upper left");
  expect(whereabouts([40, 40, 50, 50], 90, 90)).toBe("middle");
  expect(whereabouts([80, 80, 90, 90], 90, 90)).toBe("lower right");
});

test("what each says of a place stands below their own name, whoever labelled first", () => {
  const people = [
    { annotation: 8, name: "bea", vote: "good" },
    { annotation: 7, name: "ada", vote: "bad" },
    { annotation: 9, name: "cleo", vote: "bad" },
  ];
  const difference = { box: [0, 0, 9, 9], area_px: 81, levels: [3, 1] };
  const [place] = inOrderOf(people, { annotations: [7, 8], differences: [difference] });
  expect(place?.levels).toEqual([1, 3, IGNORE]);
});

test("each tile shows its person's map, the last where they part, and all of them are filled", async () => {
  await review.open("red");
  expect(review.trouble).toBe("");
  const scenes = ([0, 1, "apart"] as const).map((each) => review.scene(each));
  expect(scenes.map(({ index }) => index.regions.map(({ id }) => id))).toEqual([["a"], ["b"], []]);
  expect(scenes.map(({ tints }) => tints.map((tint) => tint.document))).toEqual([[MAPS[0]], [MAPS[1]], []]);
  expect(scenes.map(({ photo }) => photo === review.photo)).toEqual([true, true, false]);
  review.toggleFill();
  expect(review.scene(0).tints).toEqual([]);
});

test("one camera moves them all; a tile half as wide shows the same at half the scale", async () => {
  await review.open("red");
  const [large, small] = [review.scene(0).view, review.scene("apart").view];
  expect([small.scale, small.x, small.y]).toEqual([large.scale / 2, large.x / 2, large.y / 2]);
  expect(review.placeOn("apart", 30, 20)).toEqual({ x: 60, y: 40 });
});

test("a blink shows each person in the other's place, and then again in their own", async () => {
  await review.open("red");
  review.blink();
  expect([review.shown(0), review.shown(1), review.shown("apart")]).toEqual([1, 0, "apart"]);
  expect(review.scene(0).index.regions.map(({ id }) => id)).toEqual(["b"]);
  review.blink();
  expect(review.shown(0)).toBe(0);
});

test("one goes from place to place where people part, each framed, and after the last sees the whole photo", async () => {
  await review.open("red");
  const fitted = review.camera.view;
  review.step(1);
  expect([review.place, review.scene(0).selected?.rings]).toEqual([
    0,
    [[160, 160, 800, 160, 800, 800, 160, 800]],
  ]);
  review.step(1);
  expect(review.place).toBe(1);
  review.step(1);
  expect([review.place, review.scene(0).selected, review.camera.view]).toEqual([null, null, fitted]);
  review.step(-1);
  expect(review.place).toBe(1);
  review.look(5);
  expect(review.place).toBe(1); // there is no such place
});

test("the large tile leads the camera; given the room again all are as before", async () => {
  await review.open("red");
  const before = review.camera.view;
  review.enlarge("apart");
  expect([review.large, review.size]).toEqual(["apart", { width: 100, height: 80 }]);
  expect(review.camera.view.scale).toBeLessThan(before.scale);
  review.enlarge("apart");
  expect([review.large, review.camera.view]).toEqual([null, before]);
});

test("the levels of each place stand in the order of the people", async () => {
  await review.open("red");
  expect(review.differences.map(({ levels }) => levels)).toEqual([
    [1, 0],
    [0, 3],
  ]);
});

test("a map alone is shown without a picture of where people part", async () => {
  review = new Review({ image: image(1), levels: LEVELS, people: PEOPLE.slice(0, 1) });
  await review.open("red");
  expect([review.photo?.width, review.apart]).toEqual([PHOTO.width, null]);
});

test.each([
  [new ApiError(404, "not_found", "This map is gone."), "This map is gone."],
  ["?", "The photo could not be opened."],
])("what cannot be opened is told: %s", async (error, words) => {
  server.refuse("annotationOf", error as Error);
  await review.open("red");
  expect([review.trouble, review.photo]).toEqual([words, null]);
});
