"""What is wrong in what is stored or what the server answers is said in a sentence; the work stays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Faults
from tests.browser.test_safety import DRAFTS
from tests.browser.workbench import BOX, OTHER_BOX, Bench, Json

NEXT, SUBMITS = "**/api/projects/*/next/", "**/api/annotations/*/submit/"
PROVOKED = "net::ERR|Failed to load resource"
NEWER_KIND = "The labels of this photo are of a newer kind than this page knows."
ANSWERS: list[tuple[Json | None, str]] = [
    ({"status": 500, "body": "<h1>Oops</h1>"}, "The server answered with an error (500)."),
    ({"status": 503, "json": {"code": "unavailable", "detail": "A store is away."}}, "A store is away."),
    ({"status": 409, "json": {"code": "conflict", "detail": "It was withdrawn."}}, "It was withdrawn."),
    ({"status": 413, "json": {"code": "too_large", "detail": "That is too large."}}, "That is too large."),
    (None, "The server does not answer. Your work is kept on this computer"),
]


class Refusals:
    """What the server answers at some addresses. Chromium is slow to begin with it, so it is one route for all."""

    def __init__(self, page: Page, addresses: str) -> None:
        self.page, self.addresses = page, addresses
        self.now: Json | None = None
        page.route(addresses, self.answer)

    def answer(self, route: Route) -> None:
        route.fulfill(**self.now) if self.now else route.abort()

    def each(self) -> Iterator[str]:
        """Answer one way after the other, each with the words that it should come to; then as the site does."""
        for self.now, words in ANSWERS:
            yield words
        self.page.unroute(self.addresses)


def test_a_hundred_thousand_corners_open_are_drawn_on_and_saved(bench: Bench) -> None:
    ring = [value for n in range(4000) for value in (16 * 20 + 2 * (n % 2000), 16 * (40 if n < 2000 else 60))]
    ring[4000:] = [value for n in range(2000) for value in (16 * 20 + 2 * (1999 - n), 16 * 60)]
    regions = [
        {"id": f"r{n}", "level": n % 4, "kind": "unknown", "rings": [[v + 16 * (n % 9) for v in ring]], "z": n}
        for n in range(25)
    ]
    bench.put({"base": 0, "regions": regions}, "00000000-0000-7000-8000-000000000001")
    bench.page.reload()
    bench.wait_until_ready()
    expect(bench.regions).to_have_count(25)
    bench.draw(BOX)
    bench.wait_saved()
    held = bench.document()["regions"]
    assert (len(held), sum(len(region["rings"][0]) for region in held) // 2) == (26, 100_004)


def test_labels_of_a_newer_kind_are_not_touched_and_the_work_is_there_afterwards(bench: Bench, faults: Faults) -> None:
    """Once as what the server has saved meanwhile, once as what the photo opens with."""
    faults.expect(PROVOKED)
    newer = {"version": 2, "base": 0, "regions": [], "strokes": []}
    stale = {"code": "stale_revision", "detail": "Stale.", "annotation": bench.annotation() | {"document": newer}}
    bench.page.route(DRAFTS, lambda route: route.fulfill(status=409, json=stale))
    bench.draw(BOX)
    expect(bench.saving).to_contain_text("Not saved: Elsewhere this photo was labelled in a newer kind")

    def with_newer_document(route: Route) -> None:
        answer = route.fetch()
        task = answer.json()
        route.fulfill(response=answer, json=task | {"annotation": task["annotation"] | {"document": newer}})

    bench.page.route(NEXT, with_newer_document)
    bench.page.reload()
    expect(bench.page.get_by_role("alert")).to_contain_text(NEWER_KIND)
    bench.page.unroute_all()
    bench.page.reload()
    bench.wait_until_ready()
    expect(bench.regions).to_have_count(1)
    bench.wait_saved()
    assert len(bench.document()["regions"]) == 1


@pytest.mark.parametrize("addresses", [NEXT, SUBMITS], ids=["opening", "submitting"])
def test_whatever_the_server_answers_is_told_in_words_and_the_work_is_kept(
    bench: Bench, faults: Faults, addresses: str
) -> None:
    faults.expect(PROVOKED)
    image = bench.image
    refusals = Refusals(bench.page, addresses)
    bench.press("g")
    bench.draw(OTHER_BOX)
    bench.press("Shift+Digit1")
    bench.wait_saved()
    for words in refusals.each():
        if addresses == NEXT:
            bench.page.reload()
            expect(bench.page.get_by_role("alert")).to_contain_text(words)
        else:
            bench.press("Enter")
            expect(bench.status).to_contain_text(f"Not submitted. {words}")
            expect(bench.regions).to_have_count(1)
    if addresses == NEXT:
        bench.page.get_by_role("button", name="Try again").click()
        bench.wait_until_ready()
        expect(bench.regions).to_have_count(1)
    bench.press("Enter")
    bench.page.wait_for_url(lambda url: f"image={image}" not in url)
    held = bench.annotation(image)
    assert (held["state"], len(held["document"]["regions"])) == ("submitted", 1)
