import { beforeEach, expect, test, vi } from "vitest";
import { type Pen, Pointers } from "../../src/editor/pointers";
import type { Document } from "../../src/model/annotation";
import { boxed, documentOf, openBench, type Place } from "./bench";

const A = boxed("a", [10, 10, 40, 40]);

/** What a browser's canvas is to pointers; it begins at (100, 50) on the page. */
class Surface extends EventTarget {
  style = { cursor: "" };
  focus() {}
  setPointerCapture() {}
  getBoundingClientRect() {
    return { left: 100, top: 50 };
  }
}

beforeEach(() => {
  vi.stubGlobal("WheelEvent", { DOM_DELTA_LINE: 1 });
});

/** A bench under a pointer. Places are of the photo as it lies at first. */
function underHand(document: Document = documentOf(A), pen: Pen = "auto") {
  const bench = openBench(document);
  const surface = new Surface();
  const hand = { strokes: 0 };
  const pointers = new Pointers(surface as unknown as HTMLElement, bench.editor, pen, () => {
    hand.strokes += 1;
  });
  const send = (name: string, [x, y]: Place, more: object = {}) => {
    const event = Object.assign(new Event(name, { cancelable: true }), {
      pointerId: 1,
      pointerType: "mouse",
      button: 0,
      clientX: 100 + 24 + x,
      clientY: 50 + 24 + y,
      ...more,
    });
    surface.dispatchEvent(event);
    return event;
  };
  const stroke = (more: object, ...places: Place[]) => {
    send("pointerdown", places[0] as Place, more);
    for (const place of places.slice(1)) send("pointermove", place, more);
    send("pointerup", places.at(-1) as Place, more);
  };
  return { ...bench, surface, hand, pointers, send, stroke };
}

const finger = (pointerId: number) => ({ pointerType: "touch", pointerId });
const PEN = { pointerType: "pen", pointerId: 9 };
const at = ({ x, y }: { x: number; y: number }) => [x, y];

test("clicks of the mouse are corners where they are on the photo, and a double click finishes", () => {
  const { store, stroke, send } = underHand(documentOf());
  for (const place of [
    [10, 10],
    [60, 10],
    [60, 60],
  ] as const)
    stroke({}, place);
  send("dblclick", [60, 60]);
  expect(store.document.regions.map(({ rings }) => rings)).toEqual([[[160, 160, 960, 160, 960, 960]]]);
});

test("the right and the middle button move the photo, and so does a drag while one peeks", () => {
  const { editor, store, surface, send, stroke } = underHand();
  stroke({ button: 2 }, [50, 50], [60, 45]);
  expect([at(editor.view), surface.style.cursor]).toEqual([[34, 19], "grabbing"]);
  stroke({ button: 1 }, [50, 50], [45, 50]);
  editor.look({ isPeeking: true });
  stroke({}, [50, 50], [45, 60]);
  expect([at(editor.view), store.log.length]).toEqual([[24, 29], 0]);
  send("pointermove", [50, 50]);
  expect(surface.style.cursor).toBe("grab");
});

test("the context menu does not open over the photo", () => {
  const { send } = underHand();
  expect(send("contextmenu", [10, 10]).defaultPrevented).toBe(true);
});

test("Shift chooses several corners", () => {
  const { editor, stroke } = underHand();
  editor.select("a");
  editor.use("select");
  stroke({}, [10, 10]);
  stroke({ shiftKey: true }, [50, 10]);
  expect(editor.selectedCorners.map(({ vertex }) => vertex)).toEqual([0, 1]);
});

test("Alt lets go of what corners snap to", () => {
  const { editor, stroke } = underHand();
  stroke({}, [53, 11]);
  stroke({ altKey: true }, [53, 80]);
  stroke({ altKey: true }, [53, 51]);
  expect(editor.tool.draft?.line).toEqual([800, 160, 848, 1280, 848, 816]);
});

test("all places are drawn that the hand passed between two events", () => {
  const { editor, send } = underHand(documentOf());
  const places = [
    [20, 10],
    [30, 20],
    [40, 10],
  ] as const;
  const passed = places.map(([x, y]) => ({ clientX: 124 + x, clientY: 74 + y }));
  send("pointerdown", [10, 10]);
  send("pointermove", [40, 10], { getCoalescedEvents: () => passed });
  expect(editor.tool.draft?.line).toEqual([160, 160, 320, 160, 480, 320, 640, 160]);
});

test("a finger draws until a pen was seen; from then on it moves the photo", () => {
  const { editor, stroke, send } = underHand(documentOf());
  stroke(finger(1), [10, 10]);
  expect(editor.tool.draft?.line).toEqual([160, 160]);
  send("pointermove", [20, 20], PEN); // it only hovers
  stroke(finger(1), [50, 50], [60, 50]);
  expect([editor.tool.draft?.line, at(editor.view)]).toEqual([
    [160, 160],
    [34, 24],
  ]);
  stroke(PEN, [60, 60]);
  expect(editor.tool.draft?.line.length).toBe(4);
});

test("who set that fingers always move the photo, or never, is not guessed at", () => {
  const always = underHand(documentOf(), "always");
  always.stroke(finger(1), [50, 50], [60, 50]);
  expect([always.editor.tool.draft, at(always.editor.view)]).toEqual([null, [34, 24]]);
  const never = underHand(documentOf(), "never");
  never.stroke(PEN, [10, 10]);
  never.stroke(finger(1), [50, 50]);
  expect([never.editor.tool.draft?.line, at(never.editor.view)]).toEqual([
    [160, 160, 800, 800],
    [24, 24],
  ]);
});

test("the heel of the hand that holds the pen does nothing", () => {
  const { editor, store, send } = underHand(documentOf());
  send("pointerdown", [10, 10], PEN);
  send("pointerdown", [80, 80], finger(1));
  send("pointerdown", [95, 80], finger(2));
  send("pointermove", [90, 80], finger(1));
  send("pointerup", [90, 80], finger(1));
  send("pointerup", [95, 80], finger(2));
  send("pointerup", [10, 10], PEN);
  expect([editor.tool.draft?.line, at(editor.view), store.log.length]).toEqual([[160, 160], [24, 24], 0]);
});

test("two fingers move the photo and make it larger around the middle between them", () => {
  const { editor, send } = underHand(documentOf());
  send("pointerdown", [50, 50], finger(1));
  send("pointerdown", [90, 50], finger(2));
  send("pointermove", [130, 50], finger(2));
  expect([editor.view.scale, editor.tool.draft]).toEqual([2, null]);
  const { x, y } = editor.view;
  expect([114 - 2 * 70, 74 - 2 * 50]).toEqual([x, y]); // what was between them at first lies between them now
});

test("a second finger takes back only what the first had begun", () => {
  const { editor, send, stroke } = underHand(documentOf());
  stroke(finger(1), [10, 10]);
  send("pointerdown", [50, 50], finger(1));
  send("pointerdown", [90, 50], finger(2));
  expect(editor.tool.draft?.line).toEqual([160, 160]);
  send("pointerup", [50, 50], finger(1));
  send("pointermove", [10, 90], finger(2));
  send("pointerup", [10, 90], finger(2));
  expect(editor.tool.draft?.line).toEqual([160, 160]);
});

test("a pointer that the system takes away leaves no corner and moves no photo", () => {
  const { editor, send } = underHand(documentOf());
  send("pointerdown", [10, 10]);
  send("pointercancel", [10, 10]);
  send("pointerdown", [50, 50], { button: 2 });
  send("pointercancel", [50, 50]);
  send("pointermove", [60, 60]);
  expect([editor.tool.draft, at(editor.view)]).toEqual([null, [24, 24]]);
});

test("a second pointer does not draw into the line of the first", () => {
  const { editor, send } = underHand(documentOf());
  send("pointerdown", [10, 10]);
  send("pointermove", [90, 90], { pointerId: 2 });
  send("pointerup", [90, 90], { pointerId: 2 });
  send("pointerup", [10, 10]);
  expect(editor.tool.draft?.line).toEqual([160, 160]);
});

test("the wheel makes the photo larger at the pointer by a fifth a notch; with Shift it moves it sideways", () => {
  const { editor, send } = underHand();
  const event = send("wheel", [40, 30], { deltaX: 0, deltaY: -100, deltaMode: 0 });
  expect([event.defaultPrevented, editor.view.scale]).toEqual([true, 1.2]);
  expect([editor.view.x + 40 * 1.2, editor.view.y + 30 * 1.2].map(Math.round)).toEqual([64, 54]);
  send("wheel", [40, 30], { deltaX: 0, deltaY: 100, deltaMode: 0 });
  send("wheel", [40, 30], { deltaX: 0, deltaY: 20, deltaMode: 0, shiftKey: true });
  expect(at(editor.view).map(Math.round)).toEqual([4, 24]);
  send("wheel", [40, 30], { deltaX: 0, deltaY: -3, deltaMode: 1 }); // lines of 33 px
  expect(editor.view.scale).toBeCloseTo(1.2 ** 0.99);
});

test("what the pointer is on is looked at until it leaves, and the cursor says what a click would do", () => {
  const { editor, surface, send } = underHand();
  editor.use("select");
  send("pointermove", [30, 40]);
  expect(editor.camera.lookedAt).toEqual({ x: 30, y: 40 });
  const inside = surface.style.cursor;
  send("pointermove", [150, 80]);
  expect(surface.style.cursor).not.toBe(inside);
  send("pointerleave", [150, 80]);
  expect(editor.camera.lookedAt).toBe(null);
});

test("every touch of the canvas counts as work, until pointers are no longer heard", () => {
  const { editor, hand, pointers, send, stroke } = underHand(documentOf());
  stroke({}, [10, 10], [20, 10]);
  send("wheel", [10, 10], { deltaX: 0, deltaY: 0, deltaMode: 0 });
  expect(hand.strokes).toBe(4);
  pointers.stop();
  stroke({}, [50, 50]);
  expect([hand.strokes, editor.tool.draft?.line.length ?? 0]).toEqual([4, 0]);
});
