import { expect, test } from "vitest";
import { dressZones } from "../../src/ui/filezones";

test("a zone says what was chosen, and how many files where they are several", () => {
  document.body.innerHTML =
    '<label class="try-drop"><input type="file" multiple><span data-chosen></span></label>';
  dressZones(document);
  const [field, words] = [document.querySelector("input"), document.querySelector("span")];
  const said = [words?.textContent];
  for (const names of [["a.jpg"], ["a.jpg", "b.jpg"]]) {
    const files = names.map((name) => new File(["x"], name));
    Object.defineProperty(field, "files", { value: files, configurable: true });
    field?.dispatchEvent(new Event("change"));
    said.push(words?.textContent);
  }
  expect(said).toEqual(["Nothing chosen yet", "a.jpg", "2 files chosen"]);
});
