import { beforeEach, expect, test } from "vitest";
import { photosCame } from "../../../src/ui/changes";
import Gallery from "../../../src/ui/gallery/Gallery.svelte";
import { all, click, fill, isThere, lines, nameOf, one, press, settled, show, submit, words } from "../page";
import { image } from "../samples";
import { offline, server } from "../server";
import "../../../src/ui/gallery/AlbumDialog.svelte"; // as where they were asked for before
import "../../../src/ui/Notice.svelte";

const PROPS = {
  project: { id: 1 },
  photos_url: "/photos/",
  states: { new: "New", agreed: "Agreed" },
  can_curate: true,
  can_see_maps: true,
  give_url: "/projects/7/batches/new/",
  twins_url: "/projects/7/twins/",
  query: "",
};
const FILTERS = `<form id="photo-filters"><input name="q"><input type="checkbox" name="bursts" value="1"><select name="state"><option value=""></option>
  <option value="agreed">Agreed</option></select></form><div class="tabs"><a href="http://localhost/photos/?state=agreed">Agreed</a></div>`;

async function open(props: Partial<typeof PROPS> = {}): Promise<void> {
  document.body.innerHTML = `${FILTERS}<div id="island"></div>`;
  show(Gallery, { ...PROPS, ...props }, one("#island"));
  await settled();
}

const tiles = () => all(".tile-frame").map(nameOf);
const at = () => (document.activeElement as HTMLElement).dataset.place;

beforeEach(() => {
  localStorage.clear();
  server.now.burstOf = new Map([1, 2, 4].map((photo) => [photo, 1]));
  history.replaceState(null, "", "/photos/");
  server.now.photos = [
    image(1),
    image(2, { state: "agreed" }),
    image(3, { is_withdrawn: true }),
    image(4),
    image(5),
    image(6),
  ];
});

test("each photo is a link with its name and state in a cell of a grid", async () => {
  await open();
  expect(tiles().slice(0, 3)).toEqual(["1.jpg, new", "2.jpg, agreed", "3.jpg, withdrawn"]);
  expect(lines(".chip").slice(0, 3)).toEqual(["New", "Agreed", "Withdrawn"]);
  const grid = one("[role=grid]");
  expect(["aria-rowcount", "aria-colcount", "aria-busy"].map((name) => grid.getAttribute(name))).toEqual([
    "2",
    "4",
    "false",
  ]);
  expect(one<HTMLAnchorElement>("[data-place='1']").getAttribute("href")).toBe("/photos/photos/2/");
});

test("only a labelled photo has its map over it, and only for who may see maps", async () => {
  await open();
  expect(all(".map").map((map) => map.getAttribute("src"))).toEqual(["/photos/photos/2/map.png"]);
  await open({ can_see_maps: false });
  expect(all(".map").length).toBe(0);
});

test("while the order is on its way tiles of their final size wait", async () => {
  const release = server.hold("photoOrder");
  await open();
  expect([all(".tile-waiting").length, one("[role=grid]").getAttribute("aria-busy")]).toEqual([12, "true"]);
  release();
  await settled();
  expect(all(".tile-waiting").length).toBe(0);
});

test("arrow keys walk the grid; one tile at a time can be reached by Tab", async () => {
  await open();
  one("[data-place='0']").focus();
  await press("ArrowDown");
  expect(at()).toBe("4");
  await press("ArrowRight");
  expect(at()).toBe("5");
  expect(all("[tabindex='0']").map((tile) => tile.dataset.place)).toEqual(["5"]);
  expect(await press("q")).toBe(false);
});

test("a choice by keys: Space takes one, Shift and an arrow all between, Ctrl+A all, Esc none", async () => {
  await open();
  one("[data-place='0']").focus();
  await press(" ");
  expect(words(".gallery-acts strong")).toBe("1 photo chosen");
  await press("ArrowRight", { shiftKey: true });
  expect(words(".gallery-acts strong")).toBe("2 photos chosen");
  await press("a", { ctrlKey: true });
  expect(words(".gallery-acts strong")).toBe("6 photos chosen");
  expect(all("[aria-selected=true]").length).toBe(6);
  await press("Escape");
  expect(isThere("Choose all 6")).toBe(true);
});

test("the box at a photo's corner chooses it; an act tells what it did and offers the way back", async () => {
  await open();
  await click("Choose 2.jpg");
  await click("First in the queue");
  expect(server.askedOf("first")).toEqual(["first 2"]);
  expect(words(".toast span")).toBe("1 photo comes next in the queue.");
  await click("Undo");
  expect(words(".toast span")).toBe("1 photo is as before.");
  await click("Close");
  expect(all(".toast").length).toBe(0);
});

test("an album is named in a dialog, and an empty name takes photos out of theirs", async () => {
  await open();
  await click("Choose 1.jpg");
  await click("Album");
  expect([one<HTMLDialogElement>("dialog").open, words("dialog h2")]).toEqual([true, "Album"]);
  await fill("#album-name", " Lake ");
  await submit("dialog form");
  expect([server.askedOf("album"), all("dialog")]).toEqual([["album 1 into Lake"], []]);
});

test("among withdrawn photos the only act is to bring them back", async () => {
  history.replaceState(null, "", "/photos/?withdrawn=true");
  await open({ query: "withdrawn=true" });
  await click("Choose 3.jpg");
  expect(lines(".gallery-acts button")).toEqual(["Bring back", "None"]);
  expect(server.asked[0]).toBe("order withdrawn=true&newest=true");
});

test("filters go into the address, the tabs and the list", async () => {
  await open();
  await fill("[name=state]", "agreed");
  await fill("[name=q]", "lake");
  expect([location.search, server.askedOf("order").at(-1)]).toEqual([
    "?q=lake&state=agreed",
    "order q=lake&state=agreed&newest=true",
  ]);
  expect(one<HTMLAnchorElement>(".tabs a").search).toBe("?q=lake&state=agreed");
  expect(one<HTMLAnchorElement>("[data-place='0']").getAttribute("href")).toBe(
    "/photos/photos/1/?q=lake&state=agreed",
  );
});

test.each([
  ["a list", () => (one<HTMLSelectElement>("select").value = "agreed"), "state=agreed"],
  ["a field", () => (one<HTMLInputElement>("[name=q]").value = "2"), "q=2"],
])("what was set in %s before the script came holds", async (_, set, wanted) => {
  document.body.innerHTML = `${FILTERS}<div id="island"></div>`;
  set();
  show(Gallery, PROPS, one("#island"));
  await settled();
  expect([location.search, server.askedOf("order")]).toEqual([`?${wanted}`, [`order ${wanted}&newest=true`]]);
});

test("where no photo fits the filters the page says so and shows the way out", async () => {
  server.now.photos = [];
  history.replaceState(null, "", "/photos/?q=zebra");
  await open();
  expect([words(".empty"), one("[role=grid]").hidden, all(".gallery-acts").length]).toEqual([
    "No photo is like that No photo fits all of these filters. Show all photos",
    true,
    0,
  ]);
});

test("a project without a photo has no word about filters, and shows photos that come in beside it", async () => {
  server.now.photos = [];
  await open();
  const before = [all(".empty").length, tiles().length];
  server.now.photos = [image(7)];
  photosCame();
  await settled();
  expect([before, tiles().length]).toEqual([[0, 0], 1]);
});

test("the name below a photo leads where the photo does", async () => {
  await open();
  const first = one("a.caption");
  expect([first.textContent, first.getAttribute("href")]).toEqual(["1.jpg", "/photos/photos/1/"]);
});

test("when the server does not answer, that is said with a button to try again", async () => {
  server.refuse("photoOrder", offline());
  await open();
  expect(words("[role=alert] span")).toBe(
    "The server does not answer. Nothing was changed. The photos are safe.",
  );
  await click("Try again");
  expect(tiles().length).toBe(6);
});

test("who curates nothing chooses nothing", async () => {
  await open({ can_curate: false });
  expect([all(".tile-box").length, all(".gallery-acts").length, all("[aria-selected]").length]).toEqual([
    0, 0, 0,
  ]);
});

test("bursts are one tile each where the address says so, or where the person had them so last", async () => {
  history.replaceState(null, "", "/photos/?bursts=1");
  await open();
  expect([server.asked[0], tiles()]).toEqual([
    "order newest=true with bursts",
    ["Burst of 3 photos. 1.jpg, new", "3.jpg, withdrawn", "5.jpg, new", "6.jpg, new"],
  ]);
  expect(one<HTMLAnchorElement>("[data-place='0']").getAttribute("href")).toBe("/photos/?burst=1");
  localStorage.setItem("smartblur.bursts", "together");
  history.replaceState(null, "", "/photos/");
  await open();
  expect([location.search, tiles().length, one<HTMLInputElement>("[name=bursts]").checked]).toEqual([
    "?bursts=1",
    4,
    true,
  ]);
  one<HTMLInputElement>("[name=bursts]").click();
  await settled();
  expect([location.search, tiles().length, localStorage.getItem("smartblur.bursts")]).toEqual([
    "",
    6,
    "apart",
  ]);
});

test("a closed burst is chosen whole, which is said; B opens and closes it, and what is proposed of it is marked", async () => {
  history.replaceState(null, "", "/photos/?bursts=1");
  await open();
  one("[data-place='0']").focus();
  await press(" ");
  expect(words(".gallery-acts")).toContain("3 photos chosen with all of 1 closed burst");
  await press("b");
  expect([tiles().length, at(), all("[aria-selected=true]").length]).toEqual([6, "0", 3]);
  await new Promise((resolve) => setTimeout(resolve, 250));
  await settled();
  expect(words(".burst-bar p")).toBe("Burst of 3 photos. Keep 2.jpg? It has the sharpest subject.");
  expect(words(".tile.in-burst:has([data-place='1']) .tile-proposed")).toBe("Proposed");
  expect(one<HTMLAnchorElement>(".burst-bar a").getAttribute("href")).toBe(
    "/projects/7/twins/?burst=1&back=bursts%3D1",
  );
  await press("ArrowRight");
  await press("b");
  expect([tiles().length, at()]).toEqual([4, "0"]);
  await click("Open the burst of 3 photos");
  expect(tiles().length).toBe(6);
  await click("First in the queue");
  expect(server.askedOf("first")).toEqual(["first 1 2 4"]);
});
