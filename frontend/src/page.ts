/** What every page does, with islands or without: its menus close, its forms say what is missing, its drop zones what was
 * chosen, its numbers follow what is done, and previews come when they are made. */
import { checkForms } from "./ui/fields";
import { dressZones } from "./ui/filezones";
import { keepLive } from "./ui/live";
import { closeMenus } from "./ui/menus";
import { awaitPreviews } from "./ui/previews";

closeMenus(document);
checkForms(document);
dressZones(document);
keepLive(document);
awaitPreviews(document);
