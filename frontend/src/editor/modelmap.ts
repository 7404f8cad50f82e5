/** How the model's map becomes one's own: all of it, or one region. */

import { topZ } from "../model/annotation";
import { t } from "../model/language";
import type { Commanded } from "./commanded";
import { stacked } from "./edits";
import { RegionIndex } from "./regionindex";
import { keyOf } from "./shortcuts";

export const NO_MAP = t("There is no map of the model for this photo.");

export function acceptModel(editor: Commanded): void {
  const { model, store } = editor;
  if (!model) return editor.refuse(NO_MAP);
  store.commitDocument("accept", stacked(model, store.document));
  editor.look({ isModelShown: false, isSplit: false, isDifferenceShown: false });
  const keys = (["defocus", "motion", "shake"] as const).map((kind) => keyOf(`kind-${kind}`)).join(", ");
  editor.say(
    t("The model's map is yours now. %(keys)s say the kind of all its blur; Ctrl+Z goes back.", { keys }),
  );
}

/** Take the model's region under the pointer over the own ones; its id says where it came from. */
export function acceptRegion(editor: Commanded): void {
  const { model, store } = editor;
  const at = editor.camera.lookedAt;
  if (!model) return editor.refuse(NO_MAP);
  if (!at) return editor.refuse(t("Point at a region of the model's map first."));
  const region = new RegionIndex(model).at(at, 0);
  if (!region) return editor.refuse(t("The model has no region here."));
  store.commit("accept", region.id, { ...region, z: topZ(store.document) });
  editor.select(region.id);
  editor.say(
    t("The model's region, level %(level)s, is yours now. Ctrl+Z takes it back.", { level: region.level }),
  );
}
