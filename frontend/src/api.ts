/** The only caller of fetch: addresses, CSRF, retries while a store is away, and refusals as ApiError. */
import type { Desirability, Document } from "./model/annotation";
import { t } from "./model/language";
import type { components } from "./schema.gen";

/** A refusal, or silence. `status` is 0 where no answer came; `code` is stable. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly where: string | null = null,
    readonly body: unknown = null,
  ) {
    super(detail);
  }

  /** No answer, or one that says to come again. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

const RETRIES = 3;
const FIRST_WAIT_MS = 500;
const NO_COOKIE = t(
  "This browser has lost the site's cookie. Allow cookies for this site and reload the page; your work is kept on this computer.",
);
const SQUEEZED_FROM = 64_000; // characters
const SAVE_WAITS_MS = 30_000; // then nobody answers, and it is sent again with the same save_id

export interface RequestOptions {
  readonly body?: unknown;
  readonly keepalive?: boolean;
  readonly retries?: number;
  /** How long to wait for the answer; without it, as long as the browser does. */
  readonly timeout_ms?: number;
  readonly headers?: Record<string, string>;
  /** Squeeze a large body. */
  readonly gzip?: boolean;
}

/** The answer of the server; reads and repeatable writes are tried again while it is away.
 *
 * @throws ApiError for a refusal, and with status 0 where no answer came.
 */
export async function request(method: string, url: string, options: RequestOptions = {}): Promise<Response> {
  const { keepalive = false, retries = RETRIES, timeout_ms } = options;
  const { body, headers } = await packed(options);
  for (let attempt = 0; ; attempt++) {
    const error = await send(method, url, body, keepalive, headers, timeout_ms);
    if (error instanceof Response) return error;
    if (!(error.status === 503 || error.status === 0) || attempt >= retries) throw error;
    await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** attempt));
  }
}

interface Packed {
  readonly body: BodyInit | undefined;
  readonly headers: Record<string, string>;
}

/** The body as it goes over the wire, and the headers that say what it is. */
async function packed({ body, headers = {}, gzip = false }: RequestOptions): Promise<Packed> {
  if (body === undefined || body instanceof FormData) return { body, headers };
  const text = JSON.stringify(body);
  const type = { "Content-Type": "application/json", ...headers };
  if (!gzip || text.length <= SQUEEZED_FROM || !("CompressionStream" in globalThis))
    return { body: text, headers: type };
  const squeezed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(squeezed).blob(), headers: { ...type, "Content-Encoding": "gzip" } };
}

async function send(
  method: string,
  url: string,
  body: BodyInit | undefined,
  keepalive: boolean,
  headers: Record<string, string>,
  timeout_ms: number | undefined,
): Promise<Response | ApiError> {
  if (method !== "GET" && csrfToken() === "") return new ApiError(403, "no_csrf_cookie", NO_COOKIE);
  const silence = new AbortController();
  const timer = timeout_ms === undefined ? undefined : setTimeout(() => silence.abort(), timeout_ms);
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: "same-origin",
      keepalive,
      signal: silence.signal,
      headers: {
        Accept: "application/json",
        ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken() }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
  } catch {
    return new ApiError(0, "offline", t("The server does not answer."));
  } finally {
    clearTimeout(timer);
  }
  return response.ok || response.status === 304
    ? response
    : refusalOf(response.status, await response.text());
}

export function refusalOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as { code?: string; detail?: string; where?: string };
    return new ApiError(
      status,
      body.code ?? "error",
      body.detail ?? t("The server refused this."),
      body.where ?? null,
      body,
    );
  } catch {
    return new ApiError(status, "error", t("The server answered with an error (%(status)s).", { status }));
  }
}

/** What a form or a request that changes something must carry. */
export function csrfToken(): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

export async function json<T>(response: Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

// Shapes --------------------------------------------------------------------------------------------------------------

export type Schemas = components["schemas"];

/** An answer holds every field of its shape. */
export type Answer<T> = Readonly<Required<T>>;

/** The same with the document as this code holds it: never changed in place. */
type WithDocument<T> = Omit<T, "document"> & { readonly document: Document };

export type Level = Answer<Schemas["LevelField"]>;
export type Project = Pick<
  Answer<Schemas["ProjectOutput"]>,
  "id" | "name" | "levels" | "votes_wanted" | "role"
>;
export type Image = Answer<Schemas["ImageOutput"]>;
export type Annotation = WithDocument<Answer<Schemas["AnnotationOutput"]>>;
export type Prediction = WithDocument<Answer<Schemas["PredictionOutput"]>>;
export type Draft = WithDocument<Readonly<Schemas["DraftInputRequest"]>>;
export type Note = Answer<Schemas["NoteField"]>;
export type SentBack = Answer<Schemas["SentBackOutput"]>;
export type Rework = Answer<Schemas["ReworkOutput"]>;
export type UploadResult = Readonly<Schemas["UploadedOutput"]>;

/** A photo to label, with what is known of it so far. */
export interface Task {
  readonly image: Image;
  readonly annotation: Annotation;
  readonly prediction: Prediction | null;
  readonly vote: Desirability | null;
  readonly lease_until: string;
  /** What a curator said who sent the work back. */
  readonly sent_back?: SentBack | null;
  /** Whether the map began as a copy of another person's. */
  readonly is_copy?: boolean;
}

// Calls ---------------------------------------------------------------------------------------------------------------

/** The next photo of the queue, the chosen one, or the one that comes after another; null when nothing is left. */
export async function nextTask(
  project: number,
  image: number | null,
  after: number | null = null,
): Promise<Task | null> {
  const response = await request("POST", `/api/projects/${project}/next/`, {
    body: { ...(image === null ? {} : { image }), ...(after === null ? {} : { after }) },
  });
  return response.status === 204 ? null : ((await response.json()) as Task);
}

/** The stored bytes of a photo. */
export async function photoBytes(image: number): Promise<Blob> {
  return (
    await request("GET", `/api/images/${image}/file/`, { headers: { Accept: "image/*" }, retries: 2 })
  ).blob();
}

/** The map of how sharp a photo is, as a PNG, or null while it is being made. */
export async function sharpnessBytes(image: number): Promise<Blob | null> {
  const response = await request("GET", `/api/images/${image}/sharpness/`, {
    headers: { Accept: "image/*" },
  });
  return response.status === 202 ? null : response.blob();
}

/** Save a whole document once, with no retries of its own. */
export function saveDraft(
  annotation: number,
  draft: Draft,
  keepalive = false,
): Promise<{ revision: number }> {
  return json(
    request("PUT", `/api/annotations/${annotation}/draft/`, {
      body: draft,
      keepalive,
      gzip: !keepalive, // what outlives the page must be sent at once
      retries: 0,
      timeout_ms: SAVE_WAITS_MS,
    }),
  );
}

/** Vote on a photo; `alone` it counts without a map of one's own. */
export async function castVote(
  image: number,
  desirability: Desirability,
  elapsed_ms: number,
  alone = false,
): Promise<void> {
  await request("PUT", `/api/images/${image}/vote/`, { body: { desirability, elapsed_ms, alone } });
}

/** Take one's vote on a photo back. */
export async function withdrawVote(image: number): Promise<void> {
  await request("DELETE", `/api/images/${image}/vote/`);
}

export interface Unvoted {
  readonly count: number;
  readonly results: readonly Image[];
}

/** The next photos that want one's vote, and how many there are. */
export function unvoted(project: number): Promise<Unvoted> {
  return json(request("GET", `/api/projects/${project}/unvoted/`));
}

export type Feedback = WithDocument<Answer<Schemas["FeedbackOutput"]>>;

/** Hand work in; where the photo was a test, what the expert said of it comes back. */
export function submitAnnotation(
  annotation: number,
): Promise<Annotation & { readonly feedback: Feedback | null }> {
  return json(request("POST", `/api/annotations/${annotation}/submit/`));
}

/** A curator's own map of a photo, as it was left or new; `seen` is the revision of what holds for the photo now. */
export async function settlingTask(image: number): Promise<Task & { readonly seen: number }> {
  const begun = await json<Task & { seen: number }>(request("POST", `/api/images/${image}/settling/`));
  return { ...begun, vote: null, lease_until: "" };
}

export type Decision = Readonly<Schemas["SettleInputRequest"]>;

/** Let a curator's own map and word hold for a photo. */
export async function settlePhoto(image: number, decision: Decision): Promise<void> {
  await request("POST", `/api/images/${image}/settle/`, { body: decision });
}

/** Leave a photo to others; it does not come again. */
export async function skipAnnotation(annotation: number, reason: string): Promise<void> {
  await request("POST", `/api/annotations/${annotation}/skip/`, { body: { reason } });
}

export type Difference = Answer<Schemas["DifferenceOutput"]>;
export type Differences = Pick<Answer<Schemas["DifferencesOutput"]>, "annotations" | "differences">;

/** Anybody's work that one may see. */
export function annotationOf(annotation: number): Promise<Annotation> {
  return json(request("GET", `/api/annotations/${annotation}/`));
}

/** Where people's maps of a photo part, the largest place first. */
export function differencesOf(image: number): Promise<Differences> {
  return json(request("GET", `/api/images/${image}/differences/`));
}

export type Dispute = Omit<Answer<Schemas["DisputeOutput"]>, "people" | "merged" | "image"> & {
  readonly image: Image;
  readonly people: readonly WithDocument<Answer<Schemas["SidePersonOutput"]>>[];
  readonly merged: Document;
};

/** All that a curator settles a photo by. */
export function disputeOf(image: number): Promise<Dispute> {
  return json(request("GET", `/api/images/${image}/dispute/`));
}

export type StreamDecision = Readonly<Schemas["DecisionInputRequest"]>;

/** Let a map and a word hold for a photo; the same act twice is one, and it outlives the page. */
export async function decideDispute(image: number, decision: StreamDecision): Promise<void> {
  await request("POST", `/api/images/${image}/decision/`, { body: decision, keepalive: true });
}

/** Make a photo the dispute again that it was; the revision of what holds now. */
export async function undoDecision(image: number, act: string): Promise<number> {
  const answer = request("POST", `/api/images/${image}/decision/${act}/undo/`);
  return (await json<{ revision: number }>(answer)).revision;
}

/** What a curator does with many photos at once. */
export type PhotoAct = "first" | "usual" | "withdraw" | "restore" | "album" | "review";

/** The ids of all photos that a query asks for, in their order. */
export async function photoOrder(project: number, query: string): Promise<readonly number[]> {
  const url = `/api/projects/${project}/images/ids/?${query}`;
  const ask = (more: string) => json<{ ids: number[]; next: string | null }>(request("GET", url + more));
  let page = await ask("");
  let ids = page.ids;
  while (page.next) {
    page = await ask(`&cursor=${ids.at(-1)}`);
    ids = ids.concat(page.ids);
  }
  return ids;
}

/** The photos of the query's list after the one with the id `cursor`, from the start where that is null. */
export async function listPhotos(
  project: number,
  query: string,
  cursor: number | null,
  count: number,
): Promise<readonly Image[]> {
  const page = `page_size=${count}${cursor === null ? "" : `&cursor=${cursor}`}`;
  const url = `/api/projects/${project}/images/?${query}&${page}`;
  return (await json<{ results: Image[] }>(request("GET", url))).results;
}

/** Do something with photos, with all of them or none; the number of those that it changed. */
export async function actOnPhotos(
  project: number,
  act: { act: PhotoAct; images: readonly number[]; act_id: string; album: string },
): Promise<number> {
  const answer = request("POST", `/api/projects/${project}/images/acts/`, { body: act });
  return (await json<{ changed: number }>(answer)).changed;
}

/** Take an act back. */
export async function undoAct(project: number, act: string, undo_id: string): Promise<number> {
  const answer = request("POST", `/api/projects/${project}/images/acts/${act}/undo/`, { body: { undo_id } });
  return (await json<{ changed: number }>(answer)).changed;
}

/** Chords by command, for the commands that a person moved. */
export type Keys = Readonly<Record<string, string>>;

/** Keep a person's own keys with their account. */
export async function saveKeys(keys: Keys): Promise<void> {
  await request("PATCH", "/api/preferences/", { body: { keys } });
}

/** Send work back to be done again, by its author unless `to` signs in by that name. */
export function returnWork(annotation: number, asked: Schemas["ReworkInputRequest"]): Promise<Rework> {
  return json(request("POST", `/api/annotations/${annotation}/rework/`, { body: asked, retries: 0 }));
}

/** Take a request back that nobody has begun to meet. */
export function withdrawRework(rework: number): Promise<Rework> {
  return json(request("POST", `/api/rework/${rework}/withdraw/`));
}

/** The sign-in names of a project's first 200 members. */
export async function memberNames(project: number): Promise<readonly string[]> {
  const url = `/api/projects/${project}/members/?page_size=200`;
  const page = await json<{ results: Schemas["MemberOutput"][] }>(request("GET", url));
  return page.results.map(({ username }) => username);
}

/** Give back a photo that was fetched ahead and not begun; outlives the page. */
export async function returnPhoto(annotation: number): Promise<void> {
  await request("POST", `/api/annotations/${annotation}/return/`, { keepalive: true, retries: 0 });
}

/** Keep the notes pinned on a photo, all of them. */
export async function saveNotes(annotation: number, notes: readonly Note[]): Promise<void> {
  await request("PUT", `/api/annotations/${annotation}/notes/`, { body: { notes }, retries: 0 });
}

/** What a poll address says now, or null where it has not changed since `etag`. */
export async function poll<T>(
  url: string,
  etag: string | null,
): Promise<{ body: T; etag: string | null } | null> {
  const headers: Record<string, string> = etag === null ? {} : { "If-None-Match": etag };
  const response = await request("GET", url, { headers, retries: 0 });
  return response.status === 304
    ? null
    : { body: (await response.json()) as T, etag: response.headers.get("ETag") };
}

/** Sign in again without leaving the page, by the form of the sign-in page; false where name or password is wrong. */
export async function signIn(url: string, username: string, password: string): Promise<boolean> {
  const form = new FormData();
  form.append("username", username);
  form.append("password", password);
  if (csrfToken() === "") await request("GET", url, { headers: { Accept: "text/html" } }); // which brings one
  return (await request("POST", url, { body: form })).redirected;
}

/** Post a batch of photos; `progress` hears the share of its bytes that has left. */
export function uploadPhotos(
  project: number,
  files: readonly File[],
  terms: Record<string, string>,
  progress: (share: number) => void,
): Promise<readonly UploadResult[]> {
  const form = new FormData();
  for (const [name, value] of Object.entries(terms)) form.append(name, value);
  for (const file of files) form.append("files", file);
  return sendForm(`/api/projects/${project}/images/`, form, progress, resultsOf);
}

/** Post a form; `progress` hears the share of its bytes that has left, and `read` makes of the answer what it says. */
export function sendForm<T>(
  url: string,
  form: FormData,
  progress: (share: number) => void,
  read: (status: number, text: string) => T | ApiError,
): Promise<T> {
  if (csrfToken() === "") return Promise.reject(new ApiError(403, "no_csrf_cookie", NO_COOKIE));
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest(); // fetch cannot say how much of a body has left
    call.open("POST", url);
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("X-CSRFToken", csrfToken());
    call.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    call.onerror = () => reject(new ApiError(0, "offline", t("The server does not answer.")));
    call.onload = () => {
      const answer = read(call.status, call.responseText);
      if (answer instanceof ApiError) reject(answer);
      else resolve(answer);
    };
    call.send(form);
  });
}

/** What became of each file, where the answer says so; of a refused batch, too. */
function resultsOf(status: number, text: string): readonly UploadResult[] | ApiError {
  const refusal = refusalOf(status, text);
  const { results } = (refusal.body ?? {}) as { results?: UploadResult[] };
  if (results) return results;
  return status >= 400 ? refusal : new ApiError(status, "error", t("The server's answer cannot be read."));
}
