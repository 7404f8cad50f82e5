/** What every page does, with islands or without: its menus close, its forms say what is missing, its drop zones what was
 * chosen, and its numbers follow what is done. */
import { checkForms } from "./ui/fields";
import { dressZones } from "./ui/filezones";
import { keepLive } from "./ui/live";
import { closeMenus } from "./ui/menus";

closeMenus(document);
checkForms(document);
dressZones(document);
keepLive(document);
