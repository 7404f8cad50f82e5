/** What is asked of the API about one's own settings. */
import { request } from "../../api";

/** Chords by command, for the commands that a person moved. */
export type Keys = Readonly<Record<string, string>>;

/** Keep a person's own keys with their account. */
export async function saveKeys(keys: Keys): Promise<void> {
  await request("PATCH", "/api/preferences/", { body: { keys } });
}
