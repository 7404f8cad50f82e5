import { expect, test } from "vitest";
import { Camera } from "../../src/editor/camera";
import { screenPoint } from "../../src/editor/viewport";

const CANVAS = { size: { width: 1072, height: 820 }, pixelRatio: 1 };
const LARGE = { width: 6000, height: 4000 };

function cameraOn(photo: { width: number; height: number }): Camera {
  const camera = new Camera(CANVAS, () => {});
  camera.show(photo);
  return camera;
}

test("a photo that is shown whole makes way for what lies over it, and comes back", () => {
  const camera = cameraOn(LARGE);
  const before = camera.view;
  camera.pointer = screenPoint(300, 200);
  const lookedAt = camera.lookedAt;
  camera.cover(300);
  const { x, y, scale } = camera.view;
  expect(y + LARGE.height * scale).toBeCloseTo(820 - 300 - 24);
  expect(2 * x + LARGE.width * scale).toBeCloseTo(1072);
  expect(camera.lookedAt?.x).toBeCloseTo(lookedAt?.x ?? 0);
  expect(camera.lookedAt?.y).toBeCloseTo(lookedAt?.y ?? 0);
  camera.cover(0);
  expect(camera.view).toEqual(before);
});

test("a photo that nothing lies over stays where it is", () => {
  const camera = cameraOn({ width: 400, height: 200 });
  const before = camera.view;
  camera.cover(300);
  expect(camera.view).toEqual(before);
});

test("a photo at true pixels stays where it is; shown whole again it makes way", () => {
  const camera = cameraOn(LARGE);
  camera.toggleZoom();
  const close = camera.view;
  camera.cover(300);
  expect(camera.view).toEqual(close);
  camera.toggleZoom();
  expect(camera.view.y + LARGE.height * camera.view.scale).toBeLessThanOrEqual(820 - 300);
});

test("zooming out brings a photo that became narrower than the canvas to its middle, and closer it stays where it is", () => {
  const camera = cameraOn(LARGE);
  camera.zoomBy(4, screenPoint(100, 100));
  camera.pan(-200, -150);
  const close = camera.view;
  camera.zoomBy(1, screenPoint(100, 100));
  expect(camera.view.x).toBeCloseTo(100 - (100 - close.x) * 1.2);
  camera.zoomBy(-5, screenPoint(100, 100));
  expect(2 * camera.view.x + LARGE.width * camera.view.scale).toBeCloseTo(1072);
  expect(2 * camera.view.y + LARGE.height * camera.view.scale).toBeCloseTo(820);
});

const SMALL = { width: 640, height: 427 };

test("a large photo is whole, then at true pixels under the pointer, then whole", () => {
  const camera = cameraOn(LARGE);
  const whole = camera.view;
  camera.pointer = screenPoint(300, 200);
  const lookedAt = camera.lookedAt;
  camera.toggleZoom();
  expect([camera.zoom, camera.lookedAt]).toEqual([1, lookedAt]);
  camera.toggleZoom();
  expect(camera.view).toEqual(whole);
});

test("a small photo is at true pixels, then fills the canvas, as the next ones do until it is asked for again", () => {
  const camera = cameraOn(SMALL);
  expect(camera.zoom).toBe(1);
  camera.toggleZoom();
  expect(camera.zoom).toBeCloseTo((1072 - 48) / 640);
  camera.show({ width: 200, height: 400 });
  expect(camera.zoom).toBeCloseTo((820 - 48) / 400);
  camera.show(LARGE);
  expect(camera.zoom).toBeCloseTo((1072 - 48) / 6000);
  camera.show(SMALL);
  camera.toggleZoom();
  expect(camera.zoom).toBe(1);
});

test("a photo that fills the canvas does so when the canvas changes, and makes way for what lies over it", () => {
  const canvas = { size: { width: 1072, height: 820 }, pixelRatio: 2 };
  const camera = new Camera(canvas, () => {});
  camera.show(SMALL);
  expect(camera.zoom).toBe(1);
  camera.toggleZoom();
  expect(camera.zoom).toBeCloseTo((2 * 1024) / 640);
  camera.cover(300);
  expect(camera.view.y + SMALL.height * camera.view.scale).toBeLessThanOrEqual(520);
  camera.cover(0);
  canvas.size = { width: 548, height: 820 };
  camera.resized({ width: 1072, height: 820 });
  expect(camera.zoom).toBeCloseTo((2 * 500) / 640);
});
