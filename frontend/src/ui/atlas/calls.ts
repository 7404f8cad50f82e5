/** What the atlas asks of the API. */
import { type Answer, type Image, json, request, type Schemas } from "../../api";

export type AtlasAnswer = Answer<Schemas["AtlasOutput"]>;

/** The points of a project's atlas for the filters and the colour of a query. */
export function atlasPoints(project: number, query: string): Promise<AtlasAnswer> {
  return json(request("GET", `/api/projects/${project}/atlas/?${query}`));
}

/** What is known of a photo. */
export function photoOf(id: number): Promise<Image> {
  return json(request("GET", `/api/images/${id}/`));
}

/** Do something with all photos that the filters find, or with none of them; the number of those that it changed. */
export async function actOnFound(
  project: number,
  act: { act: "first" | "album"; matching: Record<string, string>; act_id: string; album: string },
): Promise<number> {
  const answer = request("POST", `/api/projects/${project}/images/acts/`, { body: act });
  return (await json<{ changed: number }>(answer)).changed;
}
