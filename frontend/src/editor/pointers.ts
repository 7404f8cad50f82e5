/** Pointer and wheel events of the canvas, told to the tool or turned into pan and zoom.
 *
 * The left button and a pen draw; the right and middle button, and Space with a drag, pan; two fingers pan and zoom.
 * One finger draws or pans, as the person set it; by default it pans once a pen was seen.
 */
import type { Editor } from "./editor";
import { type ScreenPoint, screenPoint } from "./viewport";

const WHEEL_NOTCH = 100;

/** Whether a finger only moves the photo: once a pen was seen, always, never. */
export type Pen = "auto" | "always" | "never";

export class Pointers {
  /** The pointer that draws, and the one that moves the photo. */
  #drawing: number | null = null;
  #panning: number | null = null;
  #penSeen = false;
  #last: ScreenPoint = screenPoint(0, 0);
  readonly #touches = new Map<number, ScreenPoint>();
  readonly #abort = new AbortController();

  constructor(
    private readonly canvas: HTMLElement,
    private readonly editor: Editor,
    private readonly pen: Pen,
    private readonly worked: () => void,
  ) {
    const options = { signal: this.#abort.signal };
    canvas.addEventListener("pointerdown", (event) => this.#down(event), options);
    canvas.addEventListener("pointermove", (event) => this.#move(event), options);
    canvas.addEventListener("pointerup", (event) => this.#up(event), options);
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event), options);
    canvas.addEventListener("pointerleave", () => editor.pointerAt(null), options);
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), options);
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { ...options, passive: false });
    canvas.addEventListener("dblclick", () => editor.tool.finish(), options);
  }

  stop(): void {
    this.#abort.abort();
  }

  #place(event: PointerEvent | WheelEvent): ScreenPoint {
    const box = this.canvas.getBoundingClientRect();
    return screenPoint(event.clientX - box.left, event.clientY - box.top);
  }

  #down(event: PointerEvent): void {
    this.canvas.focus({ preventScroll: true });
    const isTouch = event.pointerType === "touch";
    if (isTouch && this.#penSeen && this.#drawing !== null) return; // the heel of the hand that holds the pen
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.#place(event);
    this.#last = at;
    this.worked();
    this.#penSeen ||= event.pointerType === "pen";
    if (isTouch) this.#touches.set(event.pointerId, at);
    if (this.#touches.size > 1) {
      if (this.#drawing !== null) this.editor.tool.dropStroke();
      this.#drawing = null;
      return;
    }
    const isPan = event.button === 1 || event.button === 2 || this.editor.looks.isPeeking;
    const fingersPan = this.pen === "always" || (this.pen === "auto" && this.#penSeen);
    if (isPan || (isTouch && fingersPan)) {
      this.#panning = event.pointerId;
      this.canvas.style.cursor = "grabbing";
      event.preventDefault();
    } else if (event.button === 0) {
      this.#drawing = event.pointerId;
      this.editor.tool.down(this.editor.pointing(at, event.shiftKey, event.altKey));
    }
  }

  #move(event: PointerEvent): void {
    const { pointerId } = event;
    this.#penSeen ||= event.pointerType === "pen"; // one that hovers, too
    const at = this.#place(event);
    if (this.#touches.has(pointerId) && this.#touches.size > 1) return this.#pinch(pointerId, at);
    const held = this.#drawing ?? this.#panning;
    if (held !== null && held !== pointerId) return;
    if (this.#panning !== null) this.editor.camera.pan(at.x - this.#last.x, at.y - this.#last.y);
    else if (this.#drawing !== null) {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length > 0 ? events : [event]) this.#tell(each);
    } else this.#tell(event);
    this.#last = at;
    this.editor.pointerAt(at);
    this.worked();
  }

  #tell(event: PointerEvent): void {
    const { editor } = this;
    const pointing = editor.pointing(this.#place(event), event.shiftKey, event.altKey);
    editor.tool.move(pointing);
    this.canvas.style.cursor = editor.looks.isPeeking ? "grab" : editor.tool.cursor(pointing);
  }

  #up(event: PointerEvent): void {
    const { pointerId } = event;
    this.#touches.delete(pointerId);
    this.worked();
    if (this.#drawing === pointerId) {
      this.#drawing = null;
      this.editor.tool.up(this.editor.pointing(this.#place(event), event.shiftKey, event.altKey));
    }
    if (this.#panning === pointerId) this.#panning = null;
  }

  #cancel({ pointerId }: PointerEvent): void {
    this.#touches.delete(pointerId);
    if (this.#drawing === pointerId) {
      this.#drawing = null;
      this.editor.tool.dropStroke();
    }
    if (this.#panning === pointerId) this.#panning = null;
  }

  #pinch(id: number, at: ScreenPoint): void {
    const other = [...this.#touches].find(([touch]) => touch !== id)?.[1];
    const before = this.#touches.get(id);
    this.#touches.set(id, at);
    if (!other || !before) return;
    const spread = (point: ScreenPoint) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const middle = screenPoint((at.x + other.x) / 2, (at.y + other.y) / 2);
    this.editor.camera.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    this.editor.camera.zoomBy(Math.log(spread(at) / spread(before)) / Math.log(1.2), middle);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    this.worked();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
    if (event.shiftKey) this.editor.camera.pan(-(event.deltaX || event.deltaY) * lines, 0);
    else this.editor.camera.zoomBy((-event.deltaY * lines) / WHEEL_NOTCH, this.#place(event));
  }
}
