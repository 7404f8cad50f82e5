import { beforeEach, expect, test } from "vitest";
import Upload from "../../../src/ui/upload/Upload.svelte";
import { all, button, cells, click, isThere, lines, one, settled, show, submit, words } from "../page";
import { image } from "../samples";
import { ApiError, offline, server } from "../server";
import "../../../src/ui/upload/Twin.svelte"; // as where it was asked for before

const FALLBACK = `<form><div class="field"><input type="file" name="files"></div>
  <div class="field"><label for="license">Licence</label><input id="license" name="license" value=" CC0 "></div>
  <div class="field"><input name="album" value="Lake"></div></form>`;

const file = (name: string) => new File(["x".repeat(1024)], name);

async function open(): Promise<void> {
  document.body.innerHTML = FALLBACK;
  const fallback = [...document.body.childNodes];
  document.body.replaceChildren();
  show(Upload, { project: { id: 1, name: "Birds" }, photos_url: "/photos", fallback });
  await settled();
}

/** Choose files in the field, as a drop does. */
async function choose(...names: string[]): Promise<void> {
  const field = one<HTMLInputElement>(".drop input");
  Object.defineProperty(field, "files", { value: names.map(file), configurable: true });
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
}

const listed = () => cells(".upload-list li");

beforeEach(() => {
  server.now.uploads = new Map([
    ["a.jpg", { file_name: "a.jpg", image: image(1) }],
    ["b.jpg", { file_name: "b.jpg", image: image(2), duplicate: true }],
    ["c.jpg", { file_name: "c.jpg", error: { code: "invalid_image", detail: "It is cut off." } }],
  ]);
});

test("with nothing chosen there is nothing to upload; the site's own fields stand beside it, but for the file", async () => {
  await open();
  expect([
    button("Upload").disabled,
    all(".upload-right input").map((field) => field.getAttribute("name")),
  ]).toEqual([true, ["license", "album"]]);
});

test("chosen photos are listed and counted, and one can be left out", async () => {
  await open();
  await choose("a.jpg", "b.jpg", "notes.txt");
  expect([words(".upload-sum"), isThere("Upload 2 photos")]).toEqual([
    "2 photos to upload, 1 refused.",
    true,
  ]);
  expect(listed()).toEqual([
    ["a.jpg", "1 kB", "Waiting", ""],
    ["b.jpg", "1 kB", "Waiting", ""],
    ["notes.txt", "1 kB", "Refused", "Only JPEG, PNG, WebP, HEIC and AVIF photos can be labelled."],
  ]);
  await click("Leave b.jpg out");
  expect(isThere("Upload 1 photo")).toBe(true);
});

test("the terms of the form go with them, trimmed; then each has its result, refusals first", async () => {
  await open();
  await choose("a.jpg", "b.jpg", "c.jpg");
  await submit();
  expect(server.terms).toEqual({
    license: "CC0",
    attribution: "",
    photographer: "",
    source_url: "",
    album: "Lake",
  });
  expect(words(".upload-sum")).toBe("1 came in, 1 the project had already, 1 refused.");
  expect(listed()).toEqual([
    ["c.jpg", "1 kB", "Refused", "It is cut off."],
    ["a.jpg", "1 kB", "In"],
    ["b.jpg", "1 kB", "Known", "The project has this photo already."],
  ]);
  expect([words(".actions a"), isThere("Retry"), isThere("Clear the list")]).toEqual([
    "Show the photos",
    false,
    true,
  ]);
  await click("Clear the list");
  expect(listed()).toEqual([]);
});

test("while they leave, the page shows how many bytes have and holds who would close it", async () => {
  await open();
  await choose("a.jpg", "b.jpg");
  server.now.uploadShares = [0.75];
  const release = server.hold("uploadPhotos");
  await submit();
  expect([words(".upload-sum"), button("Uploading").disabled]).toEqual(["0 kB of 2 kB", true]);
  const leave = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(leave);
  expect(leave.defaultPrevented).toBe(true);
  release();
  await settled();
  expect(words(".upload-sum")).toBe("1 came in, 1 the project had already.");
});

test("what the connection lost is sent again by one button", async () => {
  await open();
  await choose("a.jpg");
  server.refuse("uploadPhotos", offline());
  await submit();
  expect(lines(".upload-words")).toEqual([
    "The server does not answer. Nothing of this file was kept; retry it.",
  ]);
  await click("Retry");
  expect(words(".upload-sum")).toBe("1 came in.");
});

test("a fault of the form is told, with its field in focus, and the photos go on waiting", async () => {
  await open();
  await choose("a.jpg");
  server.refuse("uploadPhotos", new ApiError(400, "required", "Say under which licence.", "license"));
  await submit();
  expect([words("[role=alert]"), document.activeElement?.id, listed()[0]?.[2]]).toEqual([
    "Say under which licence.",
    "license",
    "Waiting",
  ]);
});

test("photos that are dropped are taken; the place shows that it would", async () => {
  await open();
  const drop = (type: string, files: File[] = []) => {
    const event = new Event(type, { bubbles: true, cancelable: true });
    Object.assign(event, { dataTransfer: { files } });
    one(".drop").dispatchEvent(event);
    return settled();
  };
  await drop("dragover");
  expect(one(".drop").classList.contains("over")).toBe(true);
  await drop("drop", [file("a.jpg")]);
  expect([one(".drop").classList.contains("over"), listed().length]).toEqual([false, 1]);
});

test("photos that look like one that is here are shown beside it, and kept or left out, one by one and all at once", async () => {
  server.now.uploads = new Map(
    ["a.jpg", "b.jpg", "c.jpg"].map((name, at) => [
      name,
      {
        file_name: name,
        image: image(11 + at),
        duplicate: false,
        ...(at < 2 && { looks_like: image(1 + at) }),
      },
    ]),
  );
  await open();
  await choose("c.jpg", "a.jpg", "b.jpg");
  await submit();
  expect([words(".upload-sum .small"), lines(".upload-name")]).toEqual([
    "3 came in, 2 look like photos that are here.",
    ["a.jpg", "b.jpg", "c.jpg"],
  ]);
  expect(all(".twin-side").map((side) => side.getAttribute("href"))).toEqual([
    "/photosphotos/11/",
    "/photosphotos/1/",
    "/photosphotos/12/",
    "/photosphotos/2/",
  ]);
  await click("Leave out a.jpg");
  expect([server.askedOf("withdraw"), lines(".upload-list .chip"), isThere("Leave all 2 out")]).toEqual([
    ["withdraw 11"],
    ["Left out", "In", "In"],
    false,
  ]);
  await click("Keep a.jpg");
  const release = server.hold("actOnPhotos");
  await click("Leave out b.jpg");
  await click("Keep b.jpg"); // before the answer
  release();
  await settled();
  expect([server.askedOf("restore"), lines(".upload-list .chip")]).toEqual([
    ["restore 11", "restore 12"],
    ["In", "In", "In"],
  ]);
});

test("all that look alike are left out in one act, and what the server does not take stays open", async () => {
  server.now.uploads = new Map(
    ["a.jpg", "b.jpg"].map((name, at) => [
      name,
      { file_name: name, image: image(11 + at), duplicate: false, looks_like: image(1) },
    ]),
  );
  await open();
  await choose("a.jpg", "b.jpg");
  await submit();
  server.refuse("actOnPhotos", offline());
  await click("Leave all 2 out");
  expect([lines(".upload-words"), lines(".upload-list .chip")]).toEqual([
    ["The server does not answer.", "The server does not answer."],
    ["In", "In"],
  ]);
  await click("Leave all 2 out");
  expect([server.askedOf("withdraw"), lines(".upload-list .chip")]).toEqual([
    ["withdraw 11 12", "withdraw 11 12"],
    ["Left out", "Left out"],
  ]);
});

test("a known photo that was left out is taken in again, and left out by Undo", async () => {
  const leftOut = { ...image(2), is_withdrawn: true };
  server.now.uploads.set("b.jpg", { file_name: "b.jpg", image: leftOut, duplicate: true });
  await open();
  await choose("b.jpg");
  await submit();
  expect(words(".upload-sum")).toBe("1 the project had already, 1 of these was left out before.");
  await click("Take b.jpg in");
  expect(lines(".upload-again")).toEqual(["It is among the photos again. Undo"]);
  await click("Undo");
  expect(server.askedOf("restore", "withdraw")).toEqual(["restore 2", "withdraw 2"]);
});

test("what came in is taken out again, and back, by one button", async () => {
  await open();
  await choose("a.jpg");
  await submit();
  await click("Take 1 photo out again");
  await click("Bring them back");
  expect(server.askedOf("restore", "withdraw")).toEqual(["withdraw 1", "restore 1"]);
});
