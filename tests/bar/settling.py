"""How many keys a dispute takes, and how soon the next photo is there. `python -m tests.bar.settling`.

Twenty photos on which two people differ, settled in a real browser by keys alone. A photo counts as shown once its
first tile has been drawn. Each is looked at for a while before the keys, as a person would: meanwhile the next one is
fetched.
"""

import math
import statistics
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import chromium
from tests.bar.benches import sign_in
from tests.bar.common import Client, Target, parser_of, photos, polygons, target, verdict
from tests.bar.forms import upload

VIEWPORT = {"width": 1024, "height": 768}
KEYS = ("Shift+Digit2", "1", "s", "Enter")  # the word, the map, the reason, settle and next
TARGETS = {
    "actions_a_photo": {"max": 4},
    "next_ms_median": {"max": 150},
    "next_ms_p95": {"max": 150},
    "review_gz_kb": {"max": 40},
    "stream_gz_kb": {"max": 40},
    "left": {"max": 0},
    "scrolled_px": {"max": 0},
}
LISTEN = """
window.waits = [];
addEventListener("keydown", ({key}) => {
    if (key !== "Enter") return;
    const begun = performance.now(), stage = () => document.querySelector(".stream-stage[data-image]");
    const before = stage()?.dataset.image;
    const look = () => {
        const canvas = stage()?.querySelector("canvas"), pixel = canvas?.width > 1
            && canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3];
        if (stage()?.dataset.image !== before && pixel) waits.push(performance.now() - begun);
        else if (!document.querySelector(".stream-end")) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}, true);
"""


def fill(measured: Target, count: int, width: int, height: int) -> tuple[int, int]:
    """A project with that many photos, on each of which two people differ, and the first of them."""
    from annotate.models import Image
    from annotate.services.queueing import queue
    from tests.factories import make_member, make_user
    from tests.labels import label

    client = Client(measured.url, measured.tokens[0])
    project = client.ask("POST", "/api/projects/", {"name": "Figures: settling", "votes_wanted": 2})["id"]
    said = ((polygons(8, 60, width, height), "good"), (polygons(3, 40, width, height), "bad"))
    images = [Image.objects.get(pk=pk) for pk in upload(client, project, photos(count, width, height))]
    for number, (document, vote) in enumerate(said):
        person = make_member(images[0].project, user=make_user(f"figure-{number}"))
        for image in images:
            label(queue.claim_image(image, by=person), document, vote)
    return project, images[0].pk


def open_page(browser: Browser, measured: Target) -> Page:
    """A page of the owner's, who is curator."""
    assert measured.site
    cookies = sign_in(browser, measured.site)
    context = browser.new_context(base_url=measured.site.url, viewport=VIEWPORT, storage_state=cookies)
    context.add_init_script(LISTEN)
    return context.new_page()


def scripts_gz_kb(page: Page, path: str, shown: str) -> float:
    """Kilobytes of the scripts that a page loads, as they go over the wire; workers are apart."""
    page.goto(path)
    page.wait_for_selector(shown)
    return round(page.evaluate(SCRIPTS_KB), 1)


def settle_all(page: Page, count: int, look_ms: int) -> dict[str, Any]:
    """Settle every dispute by keys, and what it took."""
    scrolled = 0
    for number in range(count):
        expect(page.locator(".stream-bar strong")).to_contain_text(str(count - number))
        page.wait_for_selector(".stream-stage[data-image]")
        page.wait_for_timeout(look_ms)
        scrolled = max(scrolled, page.evaluate(HIDDEN_PX))
        for key in KEYS:
            page.keyboard.press(key)
    expect(page.get_by_text("Nothing is disputed here any more")).to_be_visible()
    each = [round(wait, 1) for wait in page.evaluate("waits")]
    waits = sorted(each)
    return {
        "actions_a_photo": len(KEYS),
        "next_ms_median": statistics.median(waits),
        "next_ms_p95": waits[math.ceil(0.95 * len(waits)) - 1],
        "next_ms_each": each,
        "scrolled_px": scrolled,
    }


SCRIPTS_KB = """() => performance.getEntriesByType("resource")
    .filter(({name}) => /assets\\/[^/]+\\.js$/.test(name) && !name.includes(".worker"))
    .reduce((sum, {encodedBodySize}) => sum + encodedBodySize / 1000, 0)"""
HIDDEN_PX = """() => Math.max(...[".stream-form", ".stream-stage", "html"].map((name) => {
    const part = document.querySelector(name);
    return part.scrollHeight - part.clientHeight;
}))"""


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--disputes", type=int, default=20)
    parser.add_argument("--look-ms", type=int, default=3000)
    parser.add_argument("--size", type=int, nargs=2, default=(1600, 1200), metavar=("WIDTH", "HEIGHT"))
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure signs in as the owner of a site of its own, so --url is not for it")
    with target(arguments) as measured:
        project, first = fill(measured, arguments.disputes, *arguments.size)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
            page, path = open_page(browser, measured), f"/projects/{project}/"
            figures = {
                "review_gz_kb": scripts_gz_kb(page, f"{path}photos/{first}/", ".review-tile"),
                "stream_gz_kb": scripts_gz_kb(page, f"{path}settle/", ".stream-stage[data-image]"),
            }
            figures |= settle_all(page, arguments.disputes, arguments.look_ms)
            browser.close()
        client = Client(measured.url, measured.tokens[0])
        figures["left"] = len(client.ask("GET", f"/api/projects/{project}/disputes/")["ids"])
    verdict("settling", {"disputes": arguments.disputes, "size": list(arguments.size), **figures}, TARGETS)


if __name__ == "__main__":
    main()
