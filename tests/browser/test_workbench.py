"""Labelling a photo: what a person does at the bench is what the server then holds."""

import json
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.workbench import BOX, OTHER_BOX, Bench, corners_of, near, until
from tests.running_site import RunningSite


def test_a_photo_is_drawn_on_labelled_voted_on_and_submitted_by_mouse(bench: Bench) -> None:
    first = bench.image
    for corner in BOX:
        bench.click(*corner)
    bench.click(*BOX[0])  # the first corner closes
    expect(bench.regions).to_have_count(1)
    bench.page.get_by_role("radio", name="3").click()
    bench.page.get_by_role("button", name="Give the chosen region this level").click()
    bench.page.get_by_role("radio", name="Good").click()
    bench.submit.click()
    bench.page.get_by_role("button", name="The rest is sharp").click()
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)
    bench.wait_until_ready()

    task = bench.task(first)
    (region,) = task["annotation"]["document"]["regions"]
    assert task["annotation"]["state"] == "submitted"
    assert task["annotation"]["document"]["base"] == 0
    assert region["level"] == 3
    assert near(corners_of(region), BOX)
    assert task["vote"] == "good"


def test_a_photo_is_labelled_by_keyboard_alone(bench: Bench) -> None:
    first = bench.image
    expect(bench.canvas).to_be_focused()
    bench.press("2", "p")
    bench.page.keyboard.down("Space")
    bench.press("d")  # the crosshair starts in the middle
    bench.page.keyboard.up("Space")
    bench.press(*["Shift+ArrowRight"] * 2, "d", *["Shift+ArrowDown"] * 2, "d", "Enter")
    expect(bench.regions).to_have_count(1)
    bench.press("Shift+Digit3", "Enter")
    expect(bench.page.get_by_role("button", name="The rest is sharp")).to_be_focused()
    bench.press("Enter")
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)

    task = bench.task(first)
    (region,) = task["annotation"]["document"]["regions"]
    assert task["annotation"]["state"] == "submitted"
    assert (region["level"], task["vote"]) == (2, "bad")
    (x0, y0), (x1, y1), (x2, y2) = corners_of(region)
    assert (y1 - y0, x2 - x1) == (0, 0)
    assert x1 - x0 == y2 - y1 == 120  # 2 x 10 steps of 6 pixels at 1:1


def test_a_corner_is_put_into_an_edge_dragged_and_deleted(bench: Bench) -> None:
    bench.draw(BOX)
    bench.press("q")
    bench.page.mouse.move(*bench.on_screen(160, 80))  # the handle in the middle of the upper edge
    bench.page.mouse.down()
    bench.page.mouse.move(*bench.on_screen(160, 60), steps=4)
    bench.page.mouse.up()
    bench.wait_saved()
    with_peak = (BOX[0], (160, 60), *BOX[1:])
    assert near(corners_of(bench.document()["regions"][0]), with_peak)

    bench.click(220, 180)  # chooses that corner
    bench.press("Delete")
    bench.wait_saved()
    assert near(corners_of(bench.document()["regions"][0]), (*with_peak[:3], with_peak[4]))

    bench.press("Control+z", "Control+z")
    bench.wait_saved()
    assert near(corners_of(bench.document()["regions"][0]), BOX)


def test_a_reload_keeps_the_drawing_and_the_undo(bench: Bench) -> None:
    bench.draw(BOX)
    bench.draw(OTHER_BOX)
    bench.press("1", "c")
    bench.wait_saved()
    bench.page.reload()
    bench.wait_until_ready()
    expect(bench.regions).to_have_count(2)

    bench.press("Control+z", "Control+z")
    expect(bench.regions).to_have_count(1)
    bench.wait_saved()
    (region,) = bench.document()["regions"]
    assert (region["level"], near(corners_of(region), BOX)) == (2, True)


def test_the_outline_of_a_region_is_seen_on_the_photo_and_gone_when_undone(bench: Bench) -> None:
    edge = (160, 80)
    bare = [bench.pixel(*edge, layer=layer) for layer in (0, 1)]
    assert bare[0][3] == 255  # the photo is there
    bench.draw(BOX)
    bench.press("Escape")
    bench.page.mouse.move(*bench.on_screen(0, 0))
    until(bench.page, lambda: [bench.pixel(*edge, layer=layer) for layer in (0, 1)], lambda drawn: drawn != bare)
    bench.press("Control+z")
    expect(bench.regions).to_have_count(0)
    until(bench.page, lambda: [bench.pixel(*edge, layer=layer) for layer in (0, 1)], lambda seen: seen == bare)


def test_a_photo_without_blur_takes_two_keys(bench: Bench) -> None:
    first = bench.image
    bench.press("Shift+Digit0", "Enter")
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)
    task = bench.task(first)
    assert (task["annotation"]["state"], task["vote"]) == ("submitted", "none")
    assert task["annotation"]["document"] == {"base": 0, "regions": []}


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1024, 768)])
def test_the_canvas_has_the_room_between_the_tools_and_the_panel(bench: Bench, width: int, height: int) -> None:
    bench.page.set_viewport_size({"width": width, "height": height})
    shows = bench.page.get_by_role("button", name="Your last photos")
    for _ in range(2):  # with the strip below it, and without
        box = bench.canvas.bounding_box()
        assert box
        assert (box["x"], box["x"] + box["width"]) == (48, width - 280)
        was_shown = shows.get_attribute("aria-pressed")
        shows.click()
        expect(shows).not_to_have_attribute("aria-pressed", str(was_shown))


def test_a_skipped_photo_does_not_come_again(bench: Bench) -> None:
    first = bench.image
    bench.press("`")
    bench.page.get_by_role("dialog").get_by_role("button", name=re.compile("skip", re.I)).last.click()
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)
    bench.wait_until_ready()
    bench.press("Shift+Digit0", "Enter")
    expect(bench.page.get_by_role("heading", name="All photos are labelled")).to_be_visible()


PREANNOTATE = """
from annotate.models import Image, Preannotation
from annotate.services.labelling.preannotations import save_preannotation
import json
image = Image.objects.get(pk={image})
assert save_preannotation(image, document=json.loads({document!r}), model_name="tiny 1", model_version=1,
    weights_sha256="0" * 64, probabilities_ppm=[100000, 700000, 100000, 100000], uncertainty_ppm=1, {more})
"""


def test_the_subject_is_outlined_by_a_key_and_what_cannot_be_judged_is_hatched(
    owner: BrowserContext, api: httpx.Client, new_project: Callable, running_site: RunningSite
) -> None:
    project, (photo,) = new_project(1)
    rings = [[16 * value for corner in BOX for value in corner]]
    part = {"id": "subject-0", "level": 0, "kind": "unknown", "rings": rings, "z": 0}
    more = f"subject={{'base': None, 'regions': [{part}]}}, no_evidence={{'base': None, 'regions': [{part}]}}, "
    more += "no_evidence_ppm=250_000"
    document = json.dumps({"base": 3, "regions": []})
    running_site.manage("shell", "-c", PREANNOTATE.format(image=photo["id"], document=document, more=more))

    bench = Bench(owner.new_page(), api, project["id"])
    bench.open()
    bench.press("m")
    expect(bench.page.get_by_text("Hatched: nothing to judge by, 25 % of the photo.")).to_be_visible()
    bench.press("m", "o")
    expect(bench.page.get_by_text("The subject is yours now, as sharp.")).to_be_visible()
    bench.press("Digit2", "g", "Shift+Digit1", "Enter")
    expect(bench.page.get_by_role("heading", name="All photos are labelled")).to_be_visible()
    assert bench.annotation(photo["id"])["document"] == {"base": 2, "regions": [part]}


def test_the_models_map_is_shown_and_accepted_whole(
    owner: BrowserContext, api: httpx.Client, new_project: Callable, running_site: RunningSite
) -> None:
    project, (photo,) = new_project(1)
    rings = [[16 * value for corner in BOX for value in corner]]
    region = {"id": "model-1", "level": 3, "kind": "unknown", "rings": rings, "z": 0}
    document = {"base": 1, "regions": [region]}
    running_site.manage("shell", "-c", PREANNOTATE.format(image=photo["id"], document=json.dumps(document), more=""))

    bench = Bench(owner.new_page(), api, project["id"])
    bench.open()
    expect(bench.page.get_by_text("Vote first, then its opinion is shown")).to_be_visible()
    bare = bench.pixel(160, 130)
    bench.press("m")
    expect(bench.page.get_by_role("slider", name="Strength")).to_be_visible()
    until(bench.page, lambda: bench.pixel(160, 130), lambda seen: seen != bare)
    assert bench.document() == {"base": None, "regions": []}  # looking changes nothing

    bench.press("a")
    expect(bench.regions).to_have_count(1)
    bench.press("Shift+Digit1")
    expect(bench.page.get_by_text("70 % sure")).to_be_visible()
    bench.press("Enter")
    expect(bench.page.get_by_role("heading", name="All photos are labelled")).to_be_visible()
    annotation = bench.annotation(photo["id"])
    assert annotation["document"] == document
    assert annotation["state"] == "submitted"
