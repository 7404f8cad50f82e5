import { beforeEach, expect, test } from "vitest";
import { checkForms } from "../../src/ui/fields";

checkForms(document);
let sent: string[];

function fill(html: string): HTMLFormElement {
  document.body.innerHTML = `<form novalidate>${html}<button>Send</button></form>`;
  const form = document.querySelector("form") as HTMLFormElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sent.push("sent");
  });
  return form;
}

function send(form: HTMLFormElement): string[] {
  form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  return [...document.querySelectorAll(".error, .errorlist")].map((each) => each.textContent ?? "");
}

beforeEach(() => {
  sent = [];
});

test("what is missing is said at its field, and the first has the focus", () => {
  const form = fill(
    '<div class="field"><input id="name" required aria-describedby="hint"><p id="hint">Short</p></div>' +
      '<div class="field"><select id="terms" required><option value=""></option></select></div>',
  );
  expect(send(form)).toEqual(["Something is missing here.", "Choose one."]);
  const name = document.querySelector("#name");
  expect(sent).toEqual([]);
  expect(document.activeElement).toBe(name);
  expect([name?.getAttribute("aria-invalid"), name?.getAttribute("aria-describedby")]).toEqual([
    "true",
    "hint name-error",
  ]);
});

test("it goes once it is put right, and the form is sent", () => {
  const form = fill('<div class="field"><input id="name" required></div>');
  send(form);
  const name = document.querySelector("input") as HTMLInputElement;
  name.value = "Ada";
  name.dispatchEvent(new Event("input", { bubbles: true }));
  expect([document.querySelector(".error"), name.getAttribute("aria-invalid")]).toEqual([null, null]);
  expect([send(form), sent]).toEqual([[], ["sent"]]);
});

test("what the server refused of a field goes when the field is changed", () => {
  fill(
    '<div class="field"><input id="id_name" value="ada" aria-invalid="true"><ul class="errorlist"><li>Somebody has it.</li></ul></div>',
  );
  document.querySelector("input")?.dispatchEvent(new Event("input", { bubbles: true }));
  expect(document.querySelector(".errorlist")).toBe(null);
});

test("radio buttons of one name are one thing to choose", () => {
  const form = fill(
    '<fieldset><legend>Which</legend><input type="radio" name="w" value="1" required><input type="radio" name="w" value="2" required></fieldset>',
  );
  expect(send(form)).toEqual(["Choose one."]);
});

test("a button that begins something else sends the form as it is", () => {
  const form = fill(
    '<div class="field"><input required></div><button formnovalidate id="other">Draft</button>',
  );
  const submitter = document.querySelector<HTMLElement>("#other");
  form.dispatchEvent(new SubmitEvent("submit", { submitter, bubbles: true, cancelable: true }));
  expect(sent).toEqual(["sent"]);
});
