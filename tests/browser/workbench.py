"""The workbench as a person at the mouse and the keyboard meets it, and what the server holds of the work."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

Json = dict[str, Any]
SUBPIXEL = 16
BOX = ((100, 80), (220, 80), (220, 180), (100, 180))
OTHER_BOX = ((260, 120), (360, 120), (360, 240), (260, 240))

WAITS_S = 30
NEXT_FRAME = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
PIXELS = f"""async (canvas, [x, y]) => {{
    await {NEXT_FRAME};
    const at = (v) => Math.round(v * canvas.width / canvas.clientWidth);
    return [...canvas.getContext("2d").getImageData(at(x), at(y), 1, 1).data];
}}"""


def until(page: Page, look: Callable[[], Any], is_so: Callable[[Any], object] = bool) -> Any:
    """What is seen as soon as it is so: for pixels, for the server, and for whatever else no locator waits for."""
    deadline = time.monotonic() + WAITS_S
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"It still is {seen!r}."
        page.wait_for_timeout(50)  # the page lives on meanwhile
    return seen


class Bench:
    """One page with the workbench of one project."""

    def __init__(self, page: Page, api: httpx.Client, project: int) -> None:
        self.page, self.api, self.project = page, api, project

    def open(self, image: int | None = None) -> None:
        """Open the next photo, or the chosen one, and wait until it is on the bench."""
        chosen = "" if image is None else f"?image={image}"
        self.page.goto(f"/projects/{self.project}/label/{chosen}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        expect(self.submit).to_be_enabled()

    # On the page ---------------------------------------------------------------------------------------------------

    @property
    def canvas(self) -> Locator:
        return self.page.get_by_role("application")

    @property
    def submit(self) -> Locator:
        return self.page.get_by_role("button", name="Submit and next")

    @property
    def saving(self) -> Locator:
        """Where the page says how safe the work is."""
        return self.page.locator(".status-saved")

    @property
    def status(self) -> Locator:
        return self.page.locator(".status-words")

    @property
    def regions(self) -> Locator:
        return self.page.get_by_role("listbox", name="Regions").get_by_role("option")

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the photo is, at the zoom at which it opens: 1:1, in the middle."""
        box, (width, height) = self.canvas.bounding_box(), self.photo_size
        assert box
        return box["x"] + (box["width"] - width) / 2 + x, box["y"] + (box["height"] - height) / 2 + y

    @property
    def photo_size(self) -> tuple[int, int]:
        return 400, 300

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.on_screen(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.on_screen(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.on_screen(*end), steps=6)
        self.page.mouse.up()

    def draw(self, corners: tuple[tuple[int, int], ...] = BOX) -> None:
        """Outline the corners with clicks; Enter closes."""
        self.press("p")
        before = self.regions.count()
        for corner in corners:
            self.click(*corner)
        self.press("Enter")
        expect(self.regions.nth(before)).to_be_attached()  # there may be more: what another device drew

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def wait_saved(self) -> None:
        """The page may have said Saved before the last edit: wait for what is said after it."""
        expect(self.saving).to_have_text("Saved")

    def pixel(self, x: float, y: float, layer: int = 0) -> list[int]:
        """Red, green, blue and alpha of a canvas where a pixel of the photo is, when what was done is drawn.

        Layer 0 is the still one.
        """
        left, top = self.on_screen(x, y)
        box = self.canvas.bounding_box()
        assert box
        return self.canvas.locator("canvas").nth(layer).evaluate(PIXELS, [left - box["x"], top - box["y"]])

    # On the server -------------------------------------------------------------------------------------------------

    @property
    def image(self) -> int:
        """The photo on the bench."""
        found = re.search(r"image=(\d+)", self.page.url)
        assert found, self.page.url
        return int(found[1])

    def task(self, image: int | None = None) -> Json:
        """The owner's task on a photo, as any client of the API gets it."""
        answer = self.api.post(f"/projects/{self.project}/next/", json={"image": image or self.image})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def annotation(self, image: int | None = None) -> Json:
        return self.task(image)["annotation"]

    def document(self, image: int | None = None) -> Json:
        return self.annotation(image)["document"]

    def put(self, document: Json, save_id: str) -> None:
        """Save from another device, on top of what the server holds."""
        held = self.annotation()
        body = {"save_id": save_id, "base_revision": held["revision"], "document": document}
        answer = self.api.put(f"/annotations/{held['id']}/draft/", json=body)
        assert answer.status_code == 200, answer.text


def corners_of(region: Json) -> list[tuple[int, int]]:
    """The corners of the first ring in whole photo pixels."""
    ring = [round(value / SUBPIXEL) for value in region["rings"][0]]
    return list(zip(ring[::2], ring[1::2], strict=True))


def near(corners: list[tuple[int, int]], expected: tuple[tuple[int, int], ...]) -> bool:
    """Whether the corners are these, each within a pixel."""
    pairs = zip(corners, expected, strict=False)
    return len(corners) == len(expected) and all(abs(a - c) <= 1 and abs(b - d) <= 1 for (a, b), (c, d) in pairs)
