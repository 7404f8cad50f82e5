/** A sitting at the workbench without its page: the real editor, store, autosave and journal; only the server is a fake. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, vi } from "vitest";
import { Editor } from "../../../src/editor/editor";
import { EXTRAS } from "../../../src/editor/extras";
import { readPalette } from "../../../src/editor/palette";
import { Renderer } from "../../../src/editor/renderer";
import type { WorkbenchProps } from "../../../src/ui/workbench/props";
import { Session } from "../../../src/ui/workbench/session.svelte";
import { ROOM } from "../browser";
import { LEVELS, map, PROJECT, square, task } from "../samples";
import { server } from "../server";

export const PROPS: WorkbenchProps = {
  project: PROJECT,
  user: { id: 1, name: "ada" },
  image: null,
  progress: { done: 3, total: 10 },
  keys: {},
  pen: "auto",
  warm_up: "off",
  guide_url: "/guide",
  settings_url: "/settings",
  vote_url: "/vote",
  home_url: "/queue",
  sign_in_url: "/sign-in",
};

const sittings: Session[] = [];

/** In each test of this file the clock stands, nothing is kept from before, and three photos wait. */
export function atBench(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
    vi.stubGlobal("indexedDB", new IDBFactory());
    history.replaceState(null, "", "/label");
    server.now.tasks = [task(1), task(2), task(3)];
  });
  afterEach(async () => {
    for (const session of sittings.splice(0)) session.stop();
    await rest();
  });
}

/** What goes on without the clock is over: the journal has written, other tabs have heard. */
export async function rest(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise(setImmediate);
}

export async function pass(ms: number): Promise<void> {
  await rest();
  await vi.advanceTimersByTimeAsync(ms);
  await rest();
}

/** An editor on a canvas of its own. */
function editor(): Editor {
  const canvas = () => document.createElement("canvas");
  const renderer: Renderer = new Renderer(
    canvas(),
    canvas(),
    readPalette(document.body),
    () => made.scene(),
    EXTRAS,
  );
  const made: Editor = new Editor(renderer, LEVELS.length);
  made.resized(ROOM, ROOM);
  return made;
}

/** A sitting that has begun; it is over with the test. */
export async function sit(props: Partial<WorkbenchProps> = {}): Promise<Session> {
  const session = new Session({ ...PROPS, ...props }, editor());
  sittings.push(session);
  void session.start();
  await opened(session);
  return session;
}

/** What was to be opened is on the bench, or it is said why not. */
export async function opened(session: Session): Promise<void> {
  for (let i = 0; i < 100 && session.phase.is === "loading"; i++) await pass(50);
}

/** The page is lost while the server is away: what was drawn is in the journal only. */
export async function lose(session: Session): Promise<void> {
  await rest();
  session.stop();
  await rest();
  server.now.isAway = false;
}

/** Draw a square of 40 px. */
export function draw(session: Session, id: string, level = 2): void {
  session.editor.store.commit("draw", id, square(id, level));
}

/** The whole photo has a level, some of it is blurred, and it is voted so. */
export function label(session: Session): void {
  draw(session, "blurred");
  session.editor.setBase(0);
  session.setVote("good");
}

export const LABELLED = map(0, square("blurred", 2));
