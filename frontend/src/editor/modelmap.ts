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

/** Take the outline of what draws the eye as sharp, over the own regions; what is around it is the next to be labelled. */
export function takeSubject(editor: Commanded): void {
  const { model, store, asides } = editor;
  const { regions } = asides.subject;
  if (!model) return editor.refuse(t("No model has looked at this photo, so its subject is not known."));
  if (regions.length === 0) return editor.refuse(t("The model knows of no subject in this photo."));
  const taken = new Set(regions.map(({ id }) => id));
  const rest = store.document.regions.filter(({ id }) => !taken.has(id));
  const z = topZ(store.document);
  store.commitDocument("accept", {
    ...store.document,
    regions: [...rest, ...regions.map((each) => ({ ...each, z }))],
  });
  editor.select(null);
  editor.say(
    t(
      "The subject is yours now, as sharp. A digit and %(key)s give the rest its level; Ctrl+Z takes it back.",
      {
        key: keyOf("fill-rest"),
      },
    ),
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
