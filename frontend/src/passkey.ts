/** The script of pages with a form that a passkey answers. */
import { offerPasskeys } from "./ui/passkeys";

offerPasskeys(document);
