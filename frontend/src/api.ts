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
export const NO_COOKIE = t(
  "This browser has lost the site's cookie. Allow cookies for this site and reload the page; your work is kept on this computer.",
);
const SMALL_UP_TO = 16_000; // characters
const SQUEEZED_FROM = 64_000; // characters
export const SAVE_WAITS_MS = 30_000; // then nobody answers, and it is sent again with the same save_id

export interface RequestOptions {
  readonly body?: unknown;
  /** Outlives the page it is sent from; without it, a write does that is small enough. */
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
  const { retries = RETRIES, timeout_ms } = options;
  const { body, headers } = await packed(options);
  const { keepalive = method !== "GET" && isSmall(body) } = options;
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

/** Browsers refuse to keep more than 64 KiB alive at once, of all requests of a page. */
function isSmall(body: BodyInit | undefined): boolean {
  return body === undefined || (typeof body === "string" && body.length <= SMALL_UP_TO);
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
export type WithDocument<T> = Omit<T, "document"> & { readonly document: Document };

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

// Calls that several pages make; those of one page lie beside it, in calls.ts -------------------------------------------

/** The stored bytes of a photo. */
export async function photoBytes(image: number): Promise<Blob> {
  return (
    await request("GET", `/api/images/${image}/file/`, { headers: { Accept: "image/*" }, retries: 2 })
  ).blob();
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

/** Keep the notes pinned on a photo, all of them. */
export async function saveNotes(annotation: number, notes: readonly Note[]): Promise<void> {
  await request("PUT", `/api/annotations/${annotation}/notes/`, {
    body: { notes },
    retries: 0,
    timeout_ms: SAVE_WAITS_MS,
  });
}

/** A page of the site as it is now. */
export async function freshPage(url: string): Promise<string> {
  return (await request("GET", url, { headers: { Accept: "text/html" } })).text();
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
