/** What the workbench asks of the API. */
import {
  type Annotation,
  type Answer,
  csrfToken,
  json,
  request,
  type Schemas,
  type Task,
  type WithDocument,
} from "../../api";

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

/** The map of how sharp a photo is, as a PNG, or null while it is being made. */
export async function sharpnessBytes(image: number): Promise<Blob | null> {
  const response = await request("GET", `/api/images/${image}/sharpness/`, {
    headers: { Accept: "image/*" },
  });
  return response.status === 202 ? null : response.blob();
}

/** What a worker found in a photo for things to be outlined by clicks, or what that waits for, in words. */
export async function clickGrids(image: number): Promise<ArrayBuffer | string> {
  const response = await request("GET", `/api/images/${image}/clicks/`, { headers: { Accept: "*/*" } });
  return response.status === 202 ? (await response.json()).detail : response.arrayBuffer();
}

/** The weights that make outlines of it. */
export async function clickDecoder(): Promise<ArrayBuffer> {
  return (await request("GET", "/api/clicks/decoder/", { headers: { Accept: "*/*" } })).arrayBuffer();
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

/** Give back a photo that was fetched ahead and not begun; outlives the page. */
export async function returnPhoto(annotation: number): Promise<void> {
  await request("POST", `/api/annotations/${annotation}/return/`, { retries: 0 });
}

/** Sign in again without leaving the page, by the form at `url`; a second factor's code is asked for at `url` + code/. */
export async function signIn(url: string, fields: Record<string, string>): Promise<"in" | "code" | "wrong"> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (csrfToken() === "") await request("GET", url, { headers: { Accept: "text/html" } }); // which brings one
  const answer = await request("POST", url, { body: form });
  if (!answer.redirected) return "wrong";
  return answer.url.endsWith("/code/") ? "code" : "in";
}
