/** What uploads ask of the API. */
import { ApiError, csrfToken, NO_COOKIE, refusalOf, type UploadResult } from "../../api";
import { t } from "../../model/language";

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
