/** A component on a page, and what a person sees and does there. */
import { type Component, flushSync, mount, unmount } from "svelte";

const mounted: object[] = [];

/** The page is as before anything was on it. */
export async function clear(): Promise<void> {
  for (const component of mounted.splice(0)) await unmount(component);
  document.body.replaceChildren();
}

/** Put a component on the page. */
export function show<Props extends object>(
  component: Component<Props, object, keyof Props | "">,
  props: NoInfer<Props>,
  target: HTMLElement = document.body,
): void {
  mounted.push(mount(component as Component<object>, { target, props }));
  flushSync();
}

export function all(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)];
}

export function one<T extends HTMLElement = HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`Nothing on the page is ${selector}:\n${document.body.innerHTML}`);
  return found;
}

/** The words that are read there, with single spaces. */
export function words(of: string | Element = "body"): string {
  const element = typeof of === "string" ? document.querySelector(of) : of;
  return (element?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** The words of each of them. */
export const lines = (selector: string): string[] => all(selector).map(words);

/** The words of a table's cells, row by row. */
export const cells = (row = "tbody tr"): string[][] =>
  all(row).map((each) => [...each.children].map((cell) => words(cell)));

/** What stands on a button or a link, or what it is called. */
export const nameOf = (element: Element): string => element.getAttribute("aria-label") ?? words(element);

export function button(name: string): HTMLButtonElement {
  const found = all("button").find((each) => nameOf(each) === name);
  if (!found) throw new Error(`No button is ${name}; there are ${all("button").map(nameOf).join(" | ")}`);
  return found as HTMLButtonElement;
}

export const isThere = (name: string): boolean => all("button, a").some((each) => nameOf(each) === name);

export async function click(name: string | HTMLElement): Promise<void> {
  (typeof name === "string" ? button(name) : name).click();
  await settled();
}

/** Whether a toggle is on. */
export const isPressed = (name: string): boolean => button(name).getAttribute("aria-pressed") === "true";

/** Press and let go of the pointer. */
export async function point(element: HTMLElement): Promise<void> {
  for (const type of ["pointerdown", "pointerup"])
    element.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1 }));
  await settled();
}

/** Press a key where the focus is; whether the page took it. */
export async function press(key: string, more: KeyboardEventInit = {}): Promise<boolean> {
  const code = /^[0-9]$/.test(key) ? `Digit${key}` : key === " " ? "Space" : key;
  const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more });
  (document.activeElement ?? document.body).dispatchEvent(event);
  await settled();
  return event.defaultPrevented;
}

export async function release(key: string): Promise<void> {
  const code = key === " " ? "Space" : key;
  document.body.dispatchEvent(new KeyboardEvent("keyup", { key, code, bubbles: true }));
  await settled();
}

/** Type into a field, or choose in a list. */
export async function fill(selector: string, value: string): Promise<void> {
  const field = one<HTMLInputElement>(selector);
  field.value = value;
  for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  await settled();
}

export async function tick(selector: string): Promise<void> {
  one(selector).click();
  await settled();
}

export async function submit(selector = "form"): Promise<void> {
  one(selector).dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await settled();
}

/** What was asked for is here and is shown. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
  flushSync();
  for (let i = 0; i < 12; i++) await Promise.resolve();
  flushSync();
}
