/** Workers that do their work in the test's own thread; what is handed over is gone where it came from. */
import { vi } from "vitest";
import { Picture } from "./canvas";

const CODE: Readonly<Record<string, () => Promise<unknown>>> = {
  click: () => import("../../src/editor/click.worker"),
  boolean: () => import("../../src/editor/boolean.worker"),
  photo: () => import("../../src/editor/photo.worker"),
  samplemaker: () => import("../../src/editor/samplemaker.worker"),
  sharpness: () => import("../../src/editor/sharpness.worker"),
};

type Listener = (message: { data: unknown }) => void;

class WorkerHere {
  onmessage: Listener = () => {};
  onerror: () => void = () => {};
  readonly #thread: { onmessage?: Listener; postMessage: (answer: unknown, options?: object) => void };
  readonly #begun: Promise<unknown>;

  constructor(url: URL) {
    running.add(this);
    this.#thread = { postMessage: (answer) => this.onmessage({ data: answer }) };
    const name = /(\w+)\.worker/.exec(url.href)?.[1] as string;
    vi.resetModules(); // each worker has a memory of its own
    vi.stubGlobal("self", this.#thread);
    this.#begun = (CODE[name] as () => Promise<unknown>)();
  }
  postMessage(job: unknown, moved: readonly unknown[] = []): void {
    const data = handedOver(job, moved);
    this.#begun.then(() => {
      vi.stubGlobal("self", this.#thread);
      this.#thread.onmessage?.({ data });
    });
  }
  terminate(): void {
    running.delete(this);
  }
}

/** Workers that have been started and not stopped. */
export const running = new Set<WorkerHere>();

function handedOver(value: unknown, moved: readonly unknown[]): unknown {
  if (value instanceof Picture) return moved.includes(value) ? value.moved() : value;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, handedOver(part, moved)]));
}

/** From now on workers work here. */
export function useWorkers(): void {
  running.clear();
  vi.stubGlobal("Worker", WorkerHere);
}
