/** A server in memory that stands in for src/api.ts and the pages' calls; the test reads what was sent to it and says what it answers. */
import { vi } from "vitest";
import type * as Api from "../everycall";

const real = await vi.importActual<typeof Api>("../../src/api");
export const { ApiError } = real;

type Call = Exclude<keyof typeof Api, "ApiError">;

export const offline = () => new ApiError(0, "offline", "The server does not answer.");
export const signedOut = () => new ApiError(401, "not_authenticated", "Sign in first.");

interface Kept {
  tasks: Api.Task[];
  settled: Map<number, Api.Task & { readonly seen: number }>;
  photos: Api.Image[];
  burstOf: ReadonlyMap<number, number>;
  annotations: Map<number, Api.Annotation>;
  differences: Api.Differences;
  disputes: Map<number, Api.Dispute>;
  pages: Map<string, unknown>;
  isAway: boolean;
  /** What photos are made of. */
  bytes: string;
  password: string;
  /** Of the second factor; empty where there is none. */
  code: string;
  /** What comes of an upload, by the name of the file. */
  uploads: Map<string, Api.UploadResult>;
  uploadShares: readonly number[];
  /** What the expert said of the photo that is handed in, where it was a test. */
  feedback: Api.Feedback | null;
}

const fresh = (): Kept => ({
  tasks: [],
  settled: new Map(),
  photos: [],
  burstOf: new Map(),
  annotations: new Map(),
  differences: { annotations: [], differences: [] },
  disputes: new Map(),
  pages: new Map(),
  isAway: false,
  bytes: "jpeg",
  password: "",
  code: "",
  uploads: new Map(),
  uploadShares: [],
  feedback: null,
});

class Server {
  now = fresh();
  /** One line for each thing that was asked, in words, in order. */
  asked: string[] = [];
  drafts: { annotation: number; draft: Api.Draft; keepalive: boolean }[] = [];
  votes = new Map<number, string>();
  notes = new Map<number, readonly Api.Note[]>();
  handedIn: number[] = [];
  decisions: Api.Decision[] = [];
  /** What was decided in the stream, by photo; what was undone is gone. */
  streamed = new Map<number, Api.StreamDecision>();
  returned: Parameters<typeof Api.returnWork>[1][] = [];
  keys: Api.Keys = {};
  terms: Record<string, string> = {};
  #refusals = new Map<Call, (Error | null)[]>();
  #holds = new Map<Call, Promise<void>>();
  #saves = new Map<string, number>();

  reset(): void {
    Object.assign(this, new Server());
    this.#refusals.clear();
    this.#holds.clear();
    this.#saves.clear();
  }

  /** The next calls of that name are refused, one by one; null lets one pass. */
  refuse(call: Call, ...errors: (Error | null)[]): void {
    this.#refusals.set(call, [...(this.#refusals.get(call) ?? []), ...errors]);
  }

  /** Calls of that name wait until the function that comes back is called. */
  hold(call: Call): () => void {
    let release = () => {};
    this.#holds.set(call, new Promise((resolve) => (release = resolve)));
    return () => {
      this.#holds.delete(call);
      release();
    };
  }

  /** What was asked that begins with these words. */
  askedOf(...words: string[]): string[] {
    return this.asked.filter((line) => words.some((word) => line.startsWith(word)));
  }

  async answer<T>(call: Call, line: string, make: () => T): Promise<T> {
    this.asked.push(line);
    await this.#holds.get(call);
    if (this.now.isAway) throw offline();
    const refusal = this.#refusals.get(call)?.shift();
    if (refusal) throw refusal;
    return make();
  }

  /** The same save sent twice is one revision. */
  revisionOf(annotation: number, { save_id, base_revision }: Api.Draft): number {
    const key = `${annotation}/${save_id}`;
    const revision = this.#saves.get(key) ?? base_revision + 1;
    this.#saves.set(key, revision);
    return revision;
  }
}

export const server = new Server();

const missing = () => new ApiError(404, "not_found", "Not found.");

function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw missing();
  return thing;
}

// Photos to label -----------------------------------------------------------------------------------------------------

export const nextTask: typeof Api.nextTask = (_project, image, after = null) => {
  const line = image === null ? (after === null ? "next" : `next after ${after}`) : `photo ${image}`;
  return server.answer("nextTask", line, () => {
    const { tasks } = server.now;
    if (image !== null) return found(tasks.find((task) => task.image.id === image));
    const waiting = tasks.filter(
      (task) => !server.handedIn.includes(task.annotation.id) && task.image.id !== after,
    );
    return waiting.find((task) => task.image.id > (after ?? 0)) ?? waiting[0] ?? null;
  });
};

export const photoBytes: typeof Api.photoBytes = (image) =>
  server.answer("photoBytes", `bytes ${image}`, () => new Blob([server.now.bytes]));

export const sharpnessBytes: typeof Api.sharpnessBytes = (image) =>
  server.answer("sharpnessBytes", `sharpness ${image}`, () => null);

export const clickGrids: typeof Api.clickGrids = (image) =>
  server.answer("clickGrids", `clicks ${image}`, () => "It waits for run 3.");

export const clickDecoder: typeof Api.clickDecoder = () =>
  server.answer("clickDecoder", "decoder", () => new ArrayBuffer(0));

export const saveDraft: typeof Api.saveDraft = (annotation, draft, keepalive = false) =>
  server.answer("saveDraft", `save ${annotation}`, () => {
    server.drafts.push({ annotation, draft, keepalive });
    return { revision: server.revisionOf(annotation, draft) };
  });

export const castVote: typeof Api.castVote = (image, vote, _elapsed_ms, alone = false) =>
  server.answer("castVote", `vote ${vote} on ${image}${alone ? " alone" : ""}`, () => {
    server.votes.set(image, vote);
  });

export const withdrawVote: typeof Api.withdrawVote = (image) =>
  server.answer("withdrawVote", `no vote on ${image}`, () => {
    server.votes.delete(image);
  });

export const unvoted: typeof Api.unvoted = () =>
  server.answer("unvoted", "unvoted", () => {
    const results = server.now.photos.filter(({ id }) => !server.votes.has(id));
    return { count: results.length, results };
  });

export const submitAnnotation: typeof Api.submitAnnotation = (annotation) =>
  server.answer("submitAnnotation", `submit ${annotation}`, () => {
    server.handedIn.push(annotation);
    const handed = found(server.now.tasks.find((task) => task.annotation.id === annotation)).annotation;
    return { ...handed, feedback: server.now.feedback };
  });

export const skipAnnotation: typeof Api.skipAnnotation = (annotation, reason) =>
  server.answer("skipAnnotation", `skip ${annotation}: ${reason}`, () => {
    server.handedIn.push(annotation);
  });

export const returnPhoto: typeof Api.returnPhoto = (annotation) =>
  server.answer("returnPhoto", `return ${annotation}`, () => {});

export const saveNotes: typeof Api.saveNotes = (annotation, notes) =>
  server.answer("saveNotes", `notes ${annotation}`, () => {
    server.notes.set(annotation, notes);
  });

export const signIn: typeof Api.signIn = (_url, { username, password, code }) =>
  server.answer("signIn", `sign in ${username ?? "by code"}`, () => {
    if (code !== undefined) return code === server.now.code ? "in" : "wrong";
    if (password !== server.now.password) return "wrong";
    return server.now.code ? "code" : "in";
  });

// What curators do ----------------------------------------------------------------------------------------------------

export const settlingTask: typeof Api.settlingTask = (image) =>
  server.answer("settlingTask", `settling ${image}`, () => found(server.now.settled.get(image)));

export const settlePhoto: typeof Api.settlePhoto = (image, decision) =>
  server.answer("settlePhoto", `settle ${image}`, () => {
    server.decisions.push(decision);
  });

export const returnWork: typeof Api.returnWork = (annotation, asked) =>
  server.answer("returnWork", `send back ${annotation}`, () => {
    server.returned.push(asked);
    return { id: 9, annotation, state: "open", ...asked } as unknown as Api.Rework;
  });

export const memberNames: typeof Api.memberNames = () =>
  server.answer("memberNames", "members", () => ["rosa", "tom", "vera"]);

export const annotationOf: typeof Api.annotationOf = (annotation) =>
  server.answer("annotationOf", `annotation ${annotation}`, () =>
    found(server.now.annotations.get(annotation)),
  );

export const differencesOf: typeof Api.differencesOf = (image) =>
  server.answer("differencesOf", `differences ${image}`, () => server.now.differences);

export const disputeOf: typeof Api.disputeOf = (image) =>
  server.answer("disputeOf", `dispute ${image}`, () => found(server.now.disputes.get(image)));

export const decideDispute: typeof Api.decideDispute = (image, decision) =>
  server.answer("decideDispute", `decide ${image}`, () => {
    server.streamed.set(image, decision);
  });

export const undoDecision: typeof Api.undoDecision = (image) =>
  server.answer("undoDecision", `reopen ${image}`, () => {
    server.streamed.delete(image);
    return 7;
  });

export const csrfToken: typeof Api.csrfToken = () => "token";

export const photoOrder: typeof Api.photoOrder = (_project, query, withBursts) =>
  server.answer("photoOrder", `order ${query}${withBursts ? " with bursts" : ""}`, () => ({
    ids: server.now.photos.map(({ id }) => id),
    burstOf: withBursts ? server.now.burstOf : new Map(),
  }));

export const proposedOf: typeof Api.proposedOf = (_project, burst) =>
  server.answer("proposedOf", `proposed of ${burst}`, () => ({
    proposed: burst + 1,
    file_name: `${burst + 1}.jpg`,
    why: "It has the sharpest subject.",
  }));

export const listPhotos: typeof Api.listPhotos = (_project, query, cursor, count) =>
  server.answer("listPhotos", `list ${query} after ${cursor}`, () => {
    const from = server.now.photos.findIndex(({ id }) => id === cursor) + 1;
    return server.now.photos.slice(from, from + count);
  });

export const actOnPhotos: typeof Api.actOnPhotos = (_project, { act, images, album }) =>
  server.answer("actOnPhotos", `${act} ${images.join(" ")}${album && ` into ${album}`}`, () => images.length);

export const undoAct: typeof Api.undoAct = () => server.answer("undoAct", "undo", () => 1);

export const uploadPhotos: typeof Api.uploadPhotos = (_project, files, terms, progress) =>
  server.answer("uploadPhotos", `upload ${files.map(({ name }) => name).join(" ")}`, () => {
    server.terms = terms;
    for (const share of server.now.uploadShares) progress(share);
    return files.map(({ name }) => found(server.now.uploads.get(name)));
  });

// The rest ------------------------------------------------------------------------------------------------------------

export const saveKeys: typeof Api.saveKeys = (keys) =>
  server.answer("saveKeys", "keys", () => {
    server.keys = keys;
  });

export const freshPage: typeof Api.freshPage = (url) =>
  server.answer("freshPage", "page", () => String(server.now.pages.get(url) ?? ""));

export const request: typeof Api.request = (method, url) =>
  server.answer("request", `${method} ${url}`, () => Response.json(server.now.pages.get(url) ?? {}));

export const poll: typeof Api.poll = <T>(url: string, etag: string | null) =>
  server.answer("poll", `poll ${url}`, () => {
    const body = found(server.now.pages.get(url)) as T;
    const now = JSON.stringify(body);
    return now === etag ? null : { body, etag: now };
  });
