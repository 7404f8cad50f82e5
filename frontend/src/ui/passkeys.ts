/** Forms that a passkey answers: the device is asked when the form is sent, and its answer goes with it. */
import { json, request } from "../api";
import { t } from "../model/language";
import { refuse } from "./fields";

/** Show the page's passkey forms where the browser can ask a device. */
export function offerPasskeys(page: Document): void {
  if (!("parseRequestOptionsFromJSON" in (globalThis.PublicKeyCredential ?? {}))) return;
  for (const form of page.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form);
    });
  }
}

async function answer(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector("button") as HTMLButtonElement;
  const field = form.elements.namedItem("answer") as HTMLInputElement;
  button.disabled = true;
  try {
    field.value = JSON.stringify(await askDevice(form));
    form.submit();
  } catch (error) {
    refuse(field, wordsOf(error as Error));
  } finally {
    button.disabled = false;
  }
}

async function askDevice(form: HTMLFormElement): Promise<Credential | null> {
  const asked = request("POST", form.dataset.asked as string, { retries: 0 });
  if (form.dataset.passkey === "get") {
    const options = await json<PublicKeyCredentialRequestOptionsJSON>(asked);
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }
  const options = await json<PublicKeyCredentialCreationOptionsJSON>(asked);
  return navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  });
}

function wordsOf(error: Error): string {
  if (error.name === "InvalidStateError") return t("This device holds a passkey of yours already.");
  if (error.name === "NotAllowedError") return t("No device answered. Try again, or sign in another way.");
  return error.message;
}
