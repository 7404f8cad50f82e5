"""The tools at the bench: split, snap, follow edges, and a line left unfinished."""

import io
import math

import httpx
import PIL.Image
import PIL.ImageDraw
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import must
from tests.browser.workbench import BOX, SUBPIXEL, Bench, corners_of, near


def exact(region: dict) -> list[tuple[int, int]]:
    """The corners of the first ring on the grid of 1/16 px."""
    ring = region["rings"][0]
    return list(zip(ring[::2], ring[1::2], strict=True))


def test_a_line_across_a_region_cuts_it_in_two_in_one_step(bench: Bench) -> None:
    bench.draw(BOX)
    bench.press("s")
    bench.drag((150, 60), (150, 200))
    expect(bench.regions).to_have_count(2)
    bench.wait_saved()
    right, left = bench.document()["regions"]
    assert {corner for corner in exact(right) if corner in exact(left)} == {(2400, 1280), (2400, 2880)}
    assert [(part["level"], part["kind"]) for part in (left, right)] == [(2, "defocus")] * 2
    bench.press("Control+z")
    expect(bench.regions).to_have_count(1)

    bench.drag((150, 100), (150, 160))
    expect(bench.status).to_contain_text("must go across a region, from edge to edge")


def test_corners_snap_exactly_onto_what_is_there_and_alt_lets_go(bench: Bench) -> None:
    bench.draw(BOX)
    bench.press("Escape")
    bench.draw(((224, 77), (300, 80), (300, 150), (223, 140)))
    bench.wait_saved()
    box, beside = (exact(region) for region in bench.document()["regions"])
    edge = (220 * SUBPIXEL, 140 * SUBPIXEL)
    assert beside[0] == (220 * SUBPIXEL, 80 * SUBPIXEL)
    assert beside[3] == edge
    assert edge in box  # the neighbour's edge has the corner too
    bench.press("Control+z", "p")
    bench.page.keyboard.down("Alt")
    bench.click(224, 77)
    bench.page.keyboard.up("Alt")
    for corner in ((300, 80), (300, 150)):
        bench.click(*corner)
    bench.press("Enter")
    bench.wait_saved()
    assert near(corners_of(bench.document()["regions"][1]), ((224, 77), (300, 80), (300, 150)))


def ball() -> bytes:
    """A JPEG of a bright disc, 80 px in radius, in the middle of a dark ground."""
    photo = PIL.Image.new("L", (400, 300), 70)
    PIL.ImageDraw.Draw(photo).circle((200, 150), 80, fill=190)
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=90)
    return file.getvalue()


def test_while_t_is_held_the_line_follows_the_photos_edges(owner: BrowserContext, api: httpx.Client) -> None:
    project = must(api.post("/projects/", json={"name": "Ball"}))["id"]
    files = [("files", ("ball.jpg", ball(), "image/jpeg"))]
    must(api.post(f"/projects/{project}/images/", files=files, data={"license": "CC0-1.0"}))
    bench = Bench(owner.new_page(), api, project)
    bench.open()
    bench.press("p")
    bench.click(280, 150)
    bench.page.keyboard.down("t")
    for corner in ((200, 72), (118, 150)):
        bench.click(*corner)
    bench.page.keyboard.up("t")
    bench.press("Enter")
    expect(bench.regions).to_have_count(1)
    bench.wait_saved()
    corners = corners_of(bench.document()["regions"][0])
    assert len(corners) > 12  # of three clicks
    assert [corner for corner in corners if abs(math.dist(corner, (200, 150)) - 80) > 2] == []
    assert min(y for _, y in corners) < 75


def test_an_unfinished_outline_survives_a_reload_and_its_steps_are_undone(bench: Bench) -> None:
    bench.press("p")
    for corner in BOX[:3]:
        bench.click(*corner)
    bench.page.reload()
    bench.wait_until_ready()
    bench.click(*BOX[3])
    bench.press("Escape")
    expect(bench.status).to_have_text("Outline cancelled. Ctrl+Z brings it back.")
    bench.press("Control+z", "Backspace", "Control+Shift+z", "Enter")
    expect(bench.regions).to_have_count(1)
    bench.wait_saved()
    assert near(corners_of(bench.document()["regions"][0]), BOX)
    bench.page.reload()
    bench.wait_until_ready()
    bench.press("Enter")  # no line is left to be closed: this asks for the vote
    expect(bench.status).to_contain_text("Vote first")
