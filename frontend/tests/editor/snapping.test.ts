import { expect, test } from "vitest";
import { RegionIndex } from "../../src/editor/regionindex";
import { placeOf, type Snap, snapAt, snapWhole, withJunctions } from "../../src/editor/snapping";
import { imagePoint } from "../../src/editor/viewport";
import { box, disc } from "../model/shapes";
import { boxed, documentOf } from "./bench";

const square = boxed("square", [20, 20, 40, 40]);
const slope = boxed("slope", [0, 0, 1, 1], { rings: [[1600, 320, 2400, 1120, 1600, 1120]] }); // from (100, 20) to (150, 70)
const index = new RegionIndex(documentOf(square, slope));
const PHOTO = { width: 200, height: 100 };

const snapped = (x: number, y: number, reach = 4, except?: string) =>
  snapAt(imagePoint(x, y), index, PHOTO, reach, except);

test("a corner within reach draws the hand, however near an edge is", () => {
  expect(snapped(22, 23.2)).toEqual({ x: 320, y: 320, onto: "corner", region: "square" });
});

test("else it is the nearest place on an edge, on the grid", () => {
  expect(snapped(40.03, 22)).toEqual({ x: 640, y: 320, onto: "edge", region: "square" });
  expect(snapped(126, 44)).toEqual({ x: 2000, y: 720, onto: "edge", region: "slope" });
});

test("the photo's border and its corners count, and belong to no region", () => {
  expect(snapped(80, 98)).toEqual({ x: 1280, y: 1600, onto: "edge", region: null });
  expect(snapped(203, -1)).toEqual({ x: 3200, y: 0, onto: "corner", region: null });
  expect(snapAt(imagePoint(80, 98), index, null, 4)).toBe(null);
});

test("beyond its reach, and onto the region in hand, nothing snaps", () => {
  expect([snapped(40, 25), snapped(40, 25, 6)?.onto, snapped(22, 22, 4, "square")]).toEqual([
    null,
    "edge",
    null,
  ]);
});

test("a region that is moved comes to rest by its corner that is nearest to a corner; edges only where there is none", () => {
  const snap = (place: { x: number; y: number }) => snapAt(imagePoint(place.x, place.y), index, PHOTO, 4);
  expect(snapWhole([box(62, 23, 80, 40)], snap)).toEqual({
    snap: { x: 960, y: 320, onto: "corner", region: "square" },
    dx: -32,
    dy: -48,
  });
  expect(snapWhole([box(62, 30, 80, 45)], snap)).toEqual({
    snap: { x: 960, y: 480, onto: "edge", region: "square" },
    dx: -32,
    dy: 0,
  });
  expect(snapWhole([box(70, 30, 80, 45)], snap)).toBe(null);
});

test("of a region with thousands of corners some are held against its neighbours, evenly around it", () => {
  const asked: number[] = [];
  const ring = disc(100, 50, 30, 1000);
  snapWhole([ring], ({ x, y }) => {
    asked.push(Math.atan2(y - 50, x - 100));
    return null;
  });
  expect(asked.length).toBe(200); // every fifth
  expect(asked[0]).toBe(0);
  expect((asked[1] ?? 0) / ((2 * Math.PI * 5) / 1000)).toBeCloseTo(1, 1);
});

const onEdge: Snap = { x: 960, y: 640, onto: "edge", region: "square" };

test("an edge that was snapped onto gets that corner, so that both share it", () => {
  const document = documentOf(square, slope);
  const ring = [960, 640, 1280, 640, 1280, 900];
  expect(withJunctions(document, [onEdge], ring).regions).toEqual([
    { ...square, rings: [[320, 320, 960, 320, 960, 640, 960, 960, 320, 960]] },
    slope,
  ]);
});

test("corners, the border, places that the outline left again and ones that are shared already change nothing", () => {
  const document = documentOf(square);
  const ring = [960, 640, 1280, 640, 1280, 900];
  const unused = [1280, 640, 960, 700, 1280, 900];
  expect(withJunctions(document, [{ ...onEdge, onto: "corner" }], ring)).toBe(document);
  expect(withJunctions(document, [{ ...onEdge, region: null }], ring)).toBe(document);
  expect(withJunctions(document, [onEdge], unused)).toBe(document);
  const shared = withJunctions(document, [onEdge, onEdge], ring);
  expect(shared.regions[0]?.rings[0]?.length).toBe(10);
});

test("a hole's edge is met as well", () => {
  const ringed = boxed("square", [0, 0, 1, 1], { rings: [box(0, 0, 100, 100), box(40, 20, 60, 60)] });
  const { regions } = withJunctions(documentOf(ringed), [onEdge], [960, 640, 900, 640, 900, 700]);
  expect(regions[0]?.rings).toEqual([
    box(0, 0, 100, 100),
    [640, 320, 960, 320, 960, 640, 960, 960, 640, 960],
  ]);
});

test("without a snap the hand's own place counts, on the grid", () => {
  expect([placeOf(null, imagePoint(1.26, 2.04)), placeOf(onEdge, imagePoint(1.26, 2.04))]).toEqual([
    [20, 33],
    [960, 640],
  ]);
});
