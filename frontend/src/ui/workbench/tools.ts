/** The tools as people read them. */
import type { ToolName } from "../../editor/tools/tool";
import { t } from "../../model/language";

export const TOOL_WORDS: Record<ToolName, string> = {
  select: t("Select and edit"),
  polygon: t("Outline"),
  split: t("Split"),
  brush: t("Brush"),
  eraser: t("Eraser"),
  wand: t("Sharpness wand"),
  click: t("Thing by clicks"),
  pan: t("Move the photo"),
};
