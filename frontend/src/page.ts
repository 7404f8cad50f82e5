/** What every page does, with islands or without: its menus close, its forms say what is missing, its drop zones what was chosen. */
import { checkForms } from "./ui/fields";
import { dressZones } from "./ui/filezones";
import { closeMenus } from "./ui/menus";

closeMenus(document);
checkForms(document);
dressZones(document);
