/** What is asked of the API to send work back. */
import { json, type Rework, request, type Schemas } from "../../api";

/** Send work back to be done again, by its author unless `to` signs in by that name. */
export function returnWork(annotation: number, asked: Schemas["ReworkInputRequest"]): Promise<Rework> {
  return json(request("POST", `/api/annotations/${annotation}/rework/`, { body: asked, retries: 0 }));
}

/** The sign-in names of a project's first 200 members. */
export async function memberNames(project: number): Promise<readonly string[]> {
  const url = `/api/projects/${project}/members/?page_size=200`;
  const page = await json<{ results: Schemas["MemberOutput"][] }>(request("GET", url));
  return page.results.map(({ username }) => username);
}
