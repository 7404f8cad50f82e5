import { beforeEach, expect, test } from "vitest";
import { Guides } from "../../src/editor/guides";
import { RegionIndex } from "../../src/editor/regionindex";
import { imagePoint } from "../../src/editor/viewport";
import { boxed, documentOf, photoOf } from "./bench";
import { useCanvas } from "./screen";

const index = new RegionIndex(documentOf(boxed("a", [20, 20, 40, 40])));

beforeEach(() => {
  useCanvas();
});

const guidesAt = (scale: number) => new Guides({ photo: photoOf(200, 100), index, view: { scale } });

test("corners snap within 8 pixels of the screen, whatever the zoom", () => {
  const reaches = (scale: number, distance: number) =>
    guidesAt(scale).snap(imagePoint(20 - distance, 20)) !== null;
  expect([reaches(1, 8), reaches(1, 8.1), reaches(4, 2), reaches(4, 2.1), reaches(0.5, 16)]).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

test("the region in hand does not snap onto itself", () => {
  expect(guidesAt(1).snap(imagePoint(20, 20), "a")).toBe(null);
});

test("a line follows the photo's edges only while that is asked for, and where there is a photo", () => {
  const guides = guidesAt(1);
  const [line, to] = [[800, 800], imagePoint(80, 50)];
  expect(guides.trace(line, to)).toEqual([]);
  guides.isTracing = true;
  expect(guides.trace(line, to)).toEqual([1280, 800]);
  const empty = new Guides({ photo: null, index, view: { scale: 1 } });
  empty.isTracing = true;
  expect(empty.trace(line, to)).toEqual([]);
});
