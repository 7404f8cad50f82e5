import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Document } from "../src/model/annotation";
import * as api from "./everycall";
import { region } from "./model/shapes";

type Answer = Response | Error | "silence";

/** What was asked, in turn; real requests, as the browser would send them. */
let asked: Request[];
/** What the server answers, in turn. */
let answers: Answer[];

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  asked = [];
  answers = [];
  vi.stubGlobal("document", { cookie: "theme=dark; csrftoken=secret; other=1" });
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const request = new Request(new URL(url, "http://site"), init);
    asked.push(request);
    const answer = answers.shift() ?? new Error("nobody answers");
    if (answer === "silence")
      return new Promise((_, reject) =>
        request.signal.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const away = () => json({ code: "store_away", detail: "The store is away." }, 503);
const nothing = () => new Response(null, { status: 204 });

/** What a call comes to, once all its waits are over. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  const done = call.catch((error) => error);
  await vi.runAllTimersAsync();
  return done;
}

/** How a call is refused. */
async function refusal(call: Promise<unknown>): Promise<api.ApiError> {
  const error = await outcome(call);
  if (!(error instanceof api.ApiError)) throw new Error(`not refused: ${JSON.stringify(error)}`);
  return error;
}

const addresses = () => asked.map(({ method, url }) => `${method} ${url.replace("http://site", "")}`);

describe("a request", () => {
  test("that reads asks for JSON with the session's cookie and gives no token away", async () => {
    answers = [json([])];
    await outcome(api.request("GET", "/api/projects/"));
    const [request] = asked as [Request];
    expect([request.credentials, ...request.headers]).toEqual([
      "same-origin",
      ["accept", "application/json"],
    ]);
  });

  test("that writes carries the token of the cookie and its body as JSON", async () => {
    answers = [json({})];
    await outcome(api.request("POST", "/api/projects/", { body: { name: "Blätter" } }));
    const [request] = asked as [Request];
    expect(Object.fromEntries(request.headers)).toEqual({
      accept: "application/json",
      "content-type": "application/json",
      "x-csrftoken": "secret",
    });
    expect(await request.json()).toEqual({ name: "Blätter" });
  });

  test.each(["", "csrftoken=", "xcsrftoken=secret"])(
    "that writes is not sent with the cookies '%s'",
    async (cookie) => {
      vi.stubGlobal("document", { cookie });
      const { status, code, detail, isPassing } = await refusal(
        api.request("POST", "/api/projects/", { body: {} }),
      );
      expect([status, code, isPassing, asked.length]).toEqual([403, "no_csrf_cookie", false, 0]);
      expect(detail).toBe(
        "This browser has lost the site's cookie. Allow cookies for this site and reload the page; your work is kept on this computer.",
      );
    },
  );

  test("that reads needs no token", async () => {
    vi.stubGlobal("document", { cookie: "" });
    answers = [json([])];
    await outcome(api.request("GET", "/api/projects/"));
    expect(asked.length).toBe(1);
  });

  test("sends a form as it is, so that the browser says where its parts end", async () => {
    answers = [json({})];
    const form = new FormData();
    form.append("name", "value");
    await outcome(api.request("POST", "/api/projects/", { body: form }));
    const [request] = asked as [Request];
    expect(request.headers.get("content-type")?.split(";")[0]).toBe("multipart/form-data");
    expect((await request.formData()).get("name")).toBe("value");
  });
});

describe("a refusal", () => {
  test("carries status, code, words, place and the whole answer", async () => {
    const body = { code: "invalid_region", detail: "Give the region a ring.", where: "regions[0].rings" };
    answers = [json(body, 400)];
    const error = await refusal(api.request("PUT", "/x/", { body: {} }));
    expect({ ...error }).toEqual({ status: 400, body, ...body });
    expect(error.message).toBe("Give the region a ring.");
  });

  test.each([
    ["without code or words", json({}, 400), "error", "The server refused this."],
    [
      "that is no JSON",
      new Response("<h1>Oops</h1>", { status: 502 }),
      "error",
      "The server answered with an error (502).",
    ],
    [
      "that says null",
      new Response("null", { status: 500 }),
      "error",
      "The server answered with an error (500).",
    ],
    [
      "without a body",
      new Response(null, { status: 404 }),
      "error",
      "The server answered with an error (404).",
    ],
  ])("%s has a code and words all the same", async (_, answer, code, detail) => {
    answers = [answer];
    const error = await refusal(api.request("GET", "/x/"));
    expect([error.code, error.detail, error.where]).toEqual([code, detail, null]);
  });

  test.each([
    [0, true, false],
    [400, false, false],
    [401, false, true],
    [403, false, false],
    [404, false, false],
    [409, false, false],
    [413, false, false],
    [429, true, false],
    [500, true, false],
    [503, true, false],
  ])("with status %i is passing: %s, and asks to sign in: %s", (status, isPassing, isSignedOut) => {
    const error = new api.ApiError(status, "any", "");
    expect([error.isPassing, error.isSignedOut]).toEqual([isPassing, isSignedOut]);
  });
});

describe("while the server is away", () => {
  test("a request is sent again after .5, 1 and 2 s, and then given up", async () => {
    answers = [away(), away(), away(), away(), json({})];
    const sentAt: number[] = [];
    const send = globalThis.fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      sentAt.push(Date.now());
      return send(url, init);
    });
    const error = await refusal(api.request("GET", "/x/"));
    expect([error.status, error.detail, sentAt]).toEqual([503, "The store is away.", [0, 500, 1500, 3500]]);
  });

  test("a request without an answer is sent again, and called offline in the end", async () => {
    const error = await refusal(api.request("GET", "/x/"));
    expect([error.status, error.code, error.detail, error.isPassing, asked.length]).toEqual([
      0,
      "offline",
      "The server does not answer.",
      true,
      4,
    ]);
  });

  test("the answer of a later attempt is the answer, and each attempt sends the same body", async () => {
    answers = [away(), new Error("no network"), json({ id: 5 })];
    const response = (await outcome(api.request("POST", "/x/", { body: { act_id: "a" } }))) as Response;
    expect(await response.json()).toEqual({ id: 5 });
    expect(await Promise.all(asked.map((request) => request.text()))).toEqual(
      Array(3).fill('{"act_id":"a"}'),
    );
  });

  test.each([400, 401, 404, 409, 429, 500])("a refusal with %i is not tried again", async (status) => {
    answers = [json({ code: "no", detail: "No." }, status), json({})];
    expect([(await refusal(api.request("GET", "/x/"))).status, asked.length]).toEqual([status, 1]);
  });

  test("as many retries are made as are asked for", async () => {
    await refusal(api.request("GET", "/x/", { retries: 1 }));
    expect(asked.length).toBe(2);
  });

  test("a wait that is over counts as no answer", async () => {
    answers = ["silence"];
    const call = api.request("GET", "/x/", { retries: 0, timeout_ms: 1000 }).catch(({ code }) => code);
    await vi.advanceTimersByTimeAsync(999);
    expect(asked[0]?.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([await call, asked[0]?.signal.aborted]).toEqual(["offline", true]);
  });

  test.each([
    ["GET", undefined, false],
    ["POST", undefined, true],
    ["PUT", "x".repeat(15_998), true], // JSON has two quotation marks
    ["PUT", "x".repeat(15_999), false],
    ["POST", new FormData(), false],
  ])("a %s outlives its page if it changes something and is small: %#", async (method, body, expected) => {
    answers = [json({})];
    await outcome(api.request(method, "/x/", { body }));
    expect(asked[0]?.keepalive).toBe(expected);
  });

  test("an answer in time is not cut off later", async () => {
    answers = [json({ id: 1 })];
    const response = (await outcome(api.request("GET", "/x/", { timeout_ms: 1000 }))) as Response;
    expect([asked[0]?.signal.aborted, await response.json()]).toEqual([false, { id: 1 }]);
  });
});

const document: Document = { base: 0, regions: [region("a")] };
const draft: api.Draft = { save_id: "s", base_revision: 3, document, active_ms: 1500, saw_model: false };

describe("a save", () => {
  const large = {
    ...draft,
    document: { base: 0, regions: [region("a", { rings: [Array(40_000).fill(7)] })] },
  };

  test("sends the whole document and tells the new revision", async () => {
    answers = [json({ revision: 4 })];
    expect(await outcome(api.saveDraft(7, draft))).toEqual({ revision: 4 });
    const [request] = asked as [Request];
    expect([addresses(), request.keepalive]).toEqual([["PUT /api/annotations/7/draft/"], false]);
    expect(await request.json()).toEqual(draft);
  });

  test("is sent once: when to come again is the caller's to say", async () => {
    expect([(await refusal(api.saveDraft(7, draft))).code, asked.length]).toEqual(["offline", 1]);
  });

  test("nobody answers within 30 s is called offline", async () => {
    answers = ["silence"];
    const call = api.saveDraft(7, draft).catch(({ code }) => code);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([await call, Date.now()]).toEqual(["offline", 30_000]);
  });

  test("that is stale is refused with the newer annotation", async () => {
    const annotation = { id: 7, revision: 9, document };
    answers = [json({ code: "stale_revision", detail: "Saved meanwhile.", annotation }, 409)];
    const error = await refusal(api.saveDraft(7, draft));
    expect([error.status, error.code, error.isPassing]).toEqual([409, "stale_revision", false]);
    expect(error.body).toEqual({ code: "stale_revision", detail: "Saved meanwhile.", annotation });
  });

  test("above 64,000 characters goes squeezed, and says so", async () => {
    answers = [json({ revision: 4 })];
    await outcome(api.saveDraft(7, large));
    const [request] = asked as [Request];
    const body = Buffer.from(await request.arrayBuffer());
    expect([request.headers.get("content-encoding"), request.headers.get("content-type")]).toEqual([
      "gzip",
      "application/json",
    ]);
    expect(JSON.parse(gunzipSync(body).toString())).toEqual(large);
    expect(body.length).toBeLessThan(1000);
  });

  test.each([
    [64_000, null],
    [64_001, "gzip"],
  ])("of %i characters is squeezed: %s", async (length, encoding) => {
    answers = [json({})];
    const body = "x".repeat(length - 2); // JSON has two quotation marks
    await outcome(api.request("PUT", "/x/", { body, gzip: true }));
    expect(asked[0]?.headers.get("content-encoding")).toBe(encoding);
  });

  test("where the browser cannot squeeze goes as it is", async () => {
    const kept = globalThis.CompressionStream;
    Reflect.deleteProperty(globalThis, "CompressionStream");
    answers = [json({ revision: 4 })];
    await outcome(api.saveDraft(7, large));
    Object.assign(globalThis, { CompressionStream: kept });
    expect(await asked[0]?.json()).toEqual(large);
  });

  test("that outlives its page goes at once, unsqueezed", async () => {
    answers = [json({ revision: 4 })];
    await outcome(api.saveDraft(7, large, true));
    const [request] = asked as [Request];
    expect([request.keepalive, request.headers.get("content-encoding")]).toEqual([true, null]);
  });
});

describe("each call has its address and its body", () => {
  const notes = [{ id: "n", x: 16, y: 32, text: "A leaf?" }];
  const act = { act: "album", images: [3, 4], act_id: "a", album: "Best" } as const;
  const decision: api.Decision = { annotation: 7, desirability: "good", reason: "", seen: 2 };
  const streamed: api.StreamDecision = { act_id: "d", annotation: null, desirability: "ok", reason: "" };
  test.each([
    ["the next photo", () => api.nextTask(2, null), "POST /api/projects/2/next/", {}],
    ["a chosen photo", () => api.nextTask(2, 9), "POST /api/projects/2/next/", { image: 9 }],
    ["the photo after", () => api.nextTask(2, null, 9), "POST /api/projects/2/next/", { after: 9 }],
    [
      "a vote",
      () => api.castVote(9, "ok", 1200),
      "PUT /api/images/9/vote/",
      { desirability: "ok", elapsed_ms: 1200, alone: false },
    ],
    [
      "a vote without a map",
      () => api.castVote(9, "none", 5, true),
      "PUT /api/images/9/vote/",
      { desirability: "none", elapsed_ms: 5, alone: true },
    ],
    ["a vote back", () => api.withdrawVote(9), "DELETE /api/images/9/vote/", null],
    ["photos without a vote", () => api.unvoted(2), "GET /api/projects/2/unvoted/", null],
    ["handing in", () => api.submitAnnotation(7), "POST /api/annotations/7/submit/", null],
    ["settling", () => api.settlingTask(9), "POST /api/images/9/settling/", null],
    ["a decision", () => api.settlePhoto(9, decision), "POST /api/images/9/settle/", decision],
    ["a dispute", () => api.disputeOf(9), "GET /api/images/9/dispute/", null],
    ["a dispute decided", () => api.decideDispute(9, streamed), "POST /api/images/9/decision/", streamed],
    ["a dispute once more", () => api.undoDecision(9, "d"), "POST /api/images/9/decision/d/undo/", null],
    ["a skip", () => api.skipAnnotation(7, "dark"), "POST /api/annotations/7/skip/", { reason: "dark" }],
    ["an annotation", () => api.annotationOf(7), "GET /api/annotations/7/", null],
    ["differences", () => api.differencesOf(9), "GET /api/images/9/differences/", null],
    ["an act", () => api.actOnPhotos(2, act), "POST /api/projects/2/images/acts/", act],
    [
      "an act taken back",
      () => api.undoAct(2, "a", "u"),
      "POST /api/projects/2/images/acts/a/undo/",
      { undo_id: "u" },
    ],
    ["keys", () => api.saveKeys({ loupe: "k" }), "PATCH /api/preferences/", { keys: { loupe: "k" } }],
    ["a photo given back", () => api.returnPhoto(7), "POST /api/annotations/7/return/", null],
    ["notes", () => api.saveNotes(7, notes), "PUT /api/annotations/7/notes/", { notes }],
  ])("%s", async (_, call, address, body) => {
    answers = [json({})];
    await outcome(call());
    expect(addresses()).toEqual([address]);
    const text = await asked[0]?.text();
    expect(text ? JSON.parse(text) : null).toEqual(body);
  });

  test.each([
    ["a photo given back may outlive its page and is sent once", () => api.returnPhoto(7), [true, 1]],
    ["notes are kept here until the next try and sent once", () => api.saveNotes(7, notes), [true, 1]],
    ["a poll comes again in any case and is sent once", () => api.poll("/x/", null), [false, 1]],
    ["a photo's bytes are asked for three times", () => api.photoBytes(9), [false, 3]],
    [
      "a decision may outlive its page and is sent four times",
      () => api.decideDispute(9, streamed),
      [true, 4],
    ],
    ["a vote may outlive its page and is sent four times", () => api.castVote(9, "ok", 5), [true, 4]],
  ])("%s", async (_, call, expected) => {
    await refusal(call());
    expect([asked[0]?.keepalive, asked.length]).toEqual(expected);
  });
});

describe("what comes back", () => {
  const task = {
    image: { id: 9 },
    annotation: { id: 7 },
    prediction: null,
    vote: null,
    lease_until: "2026-01-01",
  };

  test("is the next photo, or null when nothing is left", async () => {
    answers = [json(task), nothing()];
    expect([await outcome(api.nextTask(2, null)), await outcome(api.nextTask(2, null))]).toEqual([
      task,
      null,
    ]);
  });

  test("is the photo as it was uploaded", async () => {
    answers = [new Response(new Uint8Array([0xff, 0xd8, 0xff]))];
    const bytes = (await outcome(api.photoBytes(9))) as Blob;
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0xff, 0xd8, 0xff]);
    expect([addresses(), asked[0]?.headers.get("accept")]).toEqual([["GET /api/images/9/file/"], "image/*"]);
  });

  test("is a map of sharpness, or null while it is being made", async () => {
    answers = [new Response(null, { status: 202 }), new Response("png")];
    expect(await outcome(api.sharpnessBytes(9))).toBeNull();
    expect(await ((await outcome(api.sharpnessBytes(9))) as Blob).text()).toBe("png");
  });

  test("to settle a photo is the curator's own map, without a vote and without an end of the lease", async () => {
    answers = [json({ ...task, vote: "good", seen: 3 })];
    expect(await outcome(api.settlingTask(9))).toEqual({ ...task, seen: 3, vote: null, lease_until: "" });
  });

  test("of an act is how many photos it changed", async () => {
    answers = [json({ changed: 2 }), json({ changed: 1 })];
    const act = { act: "withdraw", images: [3, 4], act_id: "a", album: "" } as const;
    expect([await outcome(api.actOnPhotos(2, act)), await outcome(api.undoAct(2, "a", "u"))]).toEqual([2, 1]);
  });

  test("of a dispute that is one again is the revision of what holds now", async () => {
    answers = [json({ revision: 5 })];
    expect(await outcome(api.undoDecision(9, "d"))).toBe(5);
  });

  test("of a list's order are all ids, page by page", async () => {
    answers = [
      json({ ids: [9, 4], next: "/more", bursts: { 9: 4, 4: 4 } }),
      json({ ids: [7, 1], next: "/more", bursts: {} }),
      json({ ids: [3], next: null, bursts: { 3: 4 } }),
    ];
    const burstOf = new Map([4, 9, 3].map((photo) => [photo, 4]));
    expect(await outcome(api.photoOrder(2, "state=new", true))).toEqual({ ids: [9, 4, 7, 1, 3], burstOf });
    expect(addresses()).toEqual([
      "GET /api/projects/2/images/ids/?state=new&bursts=true",
      "GET /api/projects/2/images/ids/?state=new&bursts=true&cursor=4",
      "GET /api/projects/2/images/ids/?state=new&bursts=true&cursor=1",
    ]);
  });

  test("of a list are its photos, from the start or after one of them", async () => {
    answers = [json({ results: [{ id: 9 }] }), json({ results: [] })];
    expect(await outcome(api.listPhotos(2, "state=new", null, 50))).toEqual([{ id: 9 }]);
    expect(await outcome(api.listPhotos(2, "state=new", 9, 50))).toEqual([]);
    expect(addresses()).toEqual([
      "GET /api/projects/2/images/?state=new&page_size=50",
      "GET /api/projects/2/images/?state=new&page_size=50&cursor=9",
    ]);
  });

  test("of a poll is the state and its mark, and null while it stays the same", async () => {
    answers = [json({ epoch: 3 }, 200, { ETag: '"a1"' }), new Response(null, { status: 304 })];
    expect(await outcome(api.poll("/api/runs/5/", null))).toEqual({ body: { epoch: 3 }, etag: '"a1"' });
    expect(await outcome(api.poll("/api/runs/5/", '"a1"'))).toBeNull();
    expect(asked.map(({ headers }) => headers.get("if-none-match"))).toEqual([null, '"a1"']);
  });
});

describe("signing in again", () => {
  const landed = (at = "/") =>
    Object.defineProperties(new Response("page"), {
      redirected: { value: true },
      url: { value: `http://localhost${at}` },
    });

  test("posts the form of the sign-in page; who is let in is led on from it", async () => {
    answers = [landed()];
    expect(await outcome(api.signIn("/accounts/login/", { username: "ada", password: "pass word" }))).toBe(
      "in",
    );
    const form = await (asked[0] as Request).formData();
    expect([addresses(), form.get("username"), form.get("password")]).toEqual([
      ["POST /accounts/login/"],
      "ada",
      "pass word",
    ]);
  });

  test("says no where the page comes again", async () => {
    answers = [new Response("<form>")];
    expect(await outcome(api.signIn("/accounts/login/", { password: "wrong" }))).toBe("wrong");
  });

  test("tells where the second factor is asked for", async () => {
    answers = [landed("/sign-in/code/")];
    expect(await outcome(api.signIn("/accounts/login/", { password: "right" }))).toBe("code");
  });

  test("fetches the page first where the site's cookie is lost", async () => {
    const page = { cookie: "" };
    vi.stubGlobal("document", page);
    const send = globalThis.fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      page.cookie = "csrftoken=fresh"; // with the answer
      return send(url, init);
    });
    answers = [new Response("<form>"), landed()];
    expect(await outcome(api.signIn("/accounts/login/", { password: "right" }))).toBe("in");
    expect(
      asked.map(({ method, headers }) => [method, headers.get("accept"), headers.get("x-csrftoken")]),
    ).toEqual([
      ["GET", "text/html", null],
      ["POST", "application/json", "fresh"],
    ]);
  });
});

/** The browser's older way of asking, as far as it is used; the test says what comes of it. */
class Call {
  static last: Call;
  readonly headers: Record<string, string> = {};
  readonly upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  address = "";
  form = new FormData();
  status = 0;
  responseText = "";
  onload?: () => void;
  onerror?: () => void;
  constructor() {
    Call.last = this;
  }
  open(method: string, url: string) {
    this.address = `${method} ${url}`;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  send(form: FormData) {
    this.form = form;
  }
  answer(status: number, text: string) {
    Object.assign(this, { status, responseText: text });
    this.onload?.();
  }
}

describe("an upload", () => {
  const files = [new File(["one"], "one.jpg"), new File(["three"], "two.jpg")];
  const results = [
    { file_name: "one.jpg", image: { id: 9 } },
    { file_name: "two.jpg", error: { code: "not_an_image", detail: "No picture." } },
  ];
  let shares: number[];
  const upload = () => {
    shares = [];
    const call = api.uploadPhotos(2, files, { license: "CC0-1.0" }, (share) => shares.push(share));
    return call.catch((error) => error) as Promise<unknown>;
  };

  beforeEach(() => vi.stubGlobal("XMLHttpRequest", Call));

  test("posts all files of the batch at once, with their terms and the token", async () => {
    const call = upload();
    const { address, headers, form } = Call.last;
    expect([address, headers]).toEqual([
      "POST /api/projects/2/images/",
      { Accept: "application/json", "X-CSRFToken": "secret" },
    ]);
    expect([form.get("license"), form.getAll("files").map((file) => (file as File).name)]).toEqual([
      "CC0-1.0",
      ["one.jpg", "two.jpg"],
    ]);
    Call.last.answer(201, JSON.stringify({ results }));
    expect(await call).toEqual(results);
  });

  test("tells the share of its bytes that has left", () => {
    upload();
    for (const [loaded, total] of [
      [0, 0],
      [250, 1000],
      [1000, 1000],
    ] as const)
      Call.last.upload.onprogress?.({ loaded, total });
    expect(shares).toEqual([0, 0.25, 1]);
  });

  test("of which every file was refused still says what became of each", async () => {
    const call = upload();
    Call.last.answer(400, JSON.stringify({ results }));
    expect(await call).toEqual(results);
  });

  test("that is refused as a whole says why", async () => {
    const call = upload();
    Call.last.answer(413, JSON.stringify({ code: "too_large", detail: "At most 200 MB at once." }));
    expect(await call).toMatchObject({ status: 413, code: "too_large", detail: "At most 200 MB at once." });
  });

  test.each([
    [502, "<h1>Bad gateway</h1>", "The server answered with an error (502)."],
    [200, "<h1>Sign in to this hotel's network</h1>", "The server's answer cannot be read."],
    [200, "{}", "The server's answer cannot be read."],
  ])("answered with %i %s ends with a reason", async (status, text, detail) => {
    const call = upload();
    Call.last.answer(status, text);
    expect(await call).toMatchObject({ status, code: "error", detail });
  });

  test("without an answer is called offline", async () => {
    const call = upload();
    Call.last.onerror?.();
    expect(await call).toMatchObject({ status: 0, code: "offline", detail: "The server does not answer." });
  });

  test("without the site's cookie sends no byte", async () => {
    vi.stubGlobal("document", { cookie: "" });
    const before = Call.last;
    expect(await upload()).toMatchObject({ status: 403, code: "no_csrf_cookie" });
    expect(Call.last).toBe(before);
  });
});
