/**
 * What is missing in a form, or cannot be read, is said at its field in the reader's language and goes once it is put
 * right; the first such field has the focus. Forms are `novalidate`, so that no browser's bubble says it, and without a
 * script the server says the same at the same places.
 */
import { t } from "../model/language";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const FIELDS = "input, select, textarea";

/** Check all forms of a page before anything else hears that one is sent. */
export function checkForms(page: Document): void {
  page.addEventListener("submit", refuseGaps, true);
  for (const change of ["input", "change"]) page.addEventListener(change, forgive, true);
}

function refuseGaps(event: SubmitEvent): void {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || submitter?.hasAttribute("formnovalidate")) return;
  const wrong = wrongFields(form);
  if (wrong.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  for (const field of wrong) refuse(field, wordsOf(field));
  focusOn(wrong[0] as Field);
}

/** The fields that a form cannot be sent with; of radio buttons with one name, the first. */
function wrongFields(form: HTMLFormElement): Field[] {
  const wrong = [...form.elements].filter(
    (each): each is Field => each.matches(FIELDS) && isWrong(each as Field),
  );
  return wrong.filter(
    (each, i) => each.type !== "radio" || wrong.findIndex(({ name }) => name === each.name) === i,
  );
}

/** Addresses are for the server to read: it knows more ways to write one than a browser does. */
function isWrong({ willValidate, validity }: Field): boolean {
  const { valid, valueMissing, rangeUnderflow, rangeOverflow, badInput, stepMismatch } = validity;
  return (
    willValidate && !valid && (valueMissing || rangeUnderflow || rangeOverflow || badInput || stepMismatch)
  );
}

/** Say at a field what is wrong with it. */
export function refuse(field: Field, words: string): void {
  const place = placeOf(field);
  place.querySelector(":scope > :is(.error, .errorlist)")?.remove();
  const said = document.createElement("p");
  said.id = `${field.id || field.name}-error`;
  said.className = "error";
  said.setAttribute("role", "alert");
  said.textContent = words;
  place.append(said);
  field.setAttribute("aria-invalid", "true");
  const hints = (field.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .filter((id) => document.getElementById(id));
  field.setAttribute("aria-describedby", [...new Set([...hints, said.id])].join(" "));
}

/** Go to a field, out of whatever is folded around it. */
export function focusOn(field: Field): void {
  const folded = field.closest("details");
  if (folded) folded.open = true;
  field.focus();
}

/** What was refused of a field is true no longer once the field is changed. */
function forgive({ target }: Event): void {
  if (!(target instanceof HTMLElement) || !target.matches(FIELDS)) return;
  const place = placeOf(target as Field);
  const marked = place.querySelectorAll<Field>("[aria-invalid=true]");
  if (marked.length === 0 || [...marked].some(isWrong)) return;
  place.querySelector(":scope > :is(.error, .errorlist)")?.remove();
  for (const each of [place, ...marked]) each.removeAttribute("aria-invalid");
}

function placeOf(field: Field): Element {
  const group = field.type === "radio" ? field.closest("fieldset") : null;
  return group ?? field.closest(".field, .filter, fieldset") ?? (field.parentElement as Element);
}

function wordsOf(field: Field): string {
  const { valueMissing, rangeUnderflow, rangeOverflow } = field.validity;
  const { type, min, max } = field as HTMLInputElement;
  if (valueMissing)
    return ["radio", "file", "select-one"].includes(type)
      ? t("Choose one.")
      : t("Something is missing here.");
  if (rangeUnderflow) return t("At least %(limit)s.", { limit: limitOf(type, min) });
  if (rangeOverflow) return t("At most %(limit)s.", { limit: limitOf(type, max) });
  if (type === "date") return t("Choose a day that there is.");
  return t("Write a number, such as 12.");
}

function limitOf(type: string, limit: string): string {
  return type === "date"
    ? new Date(limit).toLocaleDateString(document.documentElement.lang, { timeZone: "UTC" })
    : limit;
}
