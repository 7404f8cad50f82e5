"""A curator draws a lasso round three hundred photos that show alike things, and gives exactly these to somebody."""

from collections.abc import Callable

import httpx
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import must
from tests.browser.test_accessibility import barriers
from tests.running_site import RunningSite

# Rows beside the one photo: 300 of one scene, 100 each of three others, seen by a version in production an hour ago.
FILL = """
import time
from datetime import timedelta
import numpy as np
from django.utils import timezone
from annotate.models import Atlas, Derivative, Image
from annotate.services import leases
from modelsvc.models import AtlasDrawing, ModelVersion, Prediction
from modelsvc.processes import cartographer
from modelsvc.services import atlases
first = Image.objects.get(project={project})
fields = {{each.attname: getattr(first, each.attname) for each in Image._meta.concrete_fields if each.name != "id"}}
scenes = [n % 6 // 3 * (n % 6 - 2) for n in range(600)]
rows = [
    Image(**fields | {{"sha256": f"{{n:064x}}", "file_name": f"scene-{{scene}}.jpg"}})
    for n, scene in enumerate(scenes)
]
images = Image.objects.bulk_create(rows)
while not (derivative := Derivative.objects.get(image=first)).preview:
    time.sleep(.1)
Derivative.objects.bulk_create(
    Derivative(image=image, state="done", preview=derivative.preview.name) for image in images)
version = ModelVersion.objects.create(project_id={project}, name="atlas", stage="production", architecture="abc",
    checkpoint="", weights_sha256="0" * 64, level_count=3)  # so that nobody asks it for more
random = np.random.default_rng(4)
hour_ago = timezone.now() - timedelta(hours=1)
Prediction.objects.bulk_create(
    Prediction(version=version, image=image, document={{}}, probabilities_ppm=[0, 1000000, 0, 0], uncertainty_ppm=0,
        content=(np.eye(128)[int(image.file_name[6])] + random.normal(0, .02, 128)).astype(np.float16).tobytes(),
        elapsed_ms=1) for image in images)
Prediction.objects.filter(version=version).update(created_at=hour_ago)
atlases.look_around()
leases.work_off(AtlasDrawing.objects.filter(version=version).select_related("version__project"), cartographer.draw)
while not Atlas.objects.filter(project={project}).exists():  # the site's own worker was first
    time.sleep(.1)
"""
# The pixels of the middle of each scene, from the page's own answer.
SCENES = """async ([project, width, height]) => {
    const answer = await (await fetch(`/api/projects/${project}/atlas/`)).json();
    const bytes = Uint8Array.from(atob(answer.points), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const scale = Math.min(width - 16, height - 16) / 10000;
    return Array.from({length: bytes.length / 14}, (_, i) => [Number(view.getBigUint64(14 * i)),
        view.getUint16(14 * i + 8) * scale + (width - 10000 * scale) / 2,
        view.getUint16(14 * i + 10) * scale + (height - 10000 * scale) / 2]);
}"""


def test_a_lasso_gives_three_hundred_photos_as_a_batch(
    owner: BrowserContext, api: httpx.Client, new_project: Callable, running_site: RunningSite
) -> None:
    project, _ = new_project(1)
    base = f"/projects/{project['id']}/"
    running_site.manage("shell", "-c", FILL.format(project=project["id"]))
    wanted = set(must(api.get(f"/projects/{project['id']}/images/ids/", params={"q": "scene-0"}))["ids"])
    assert len(wanted) == 300
    page = owner.new_page()
    page.goto(base)
    page.get_by_role("link", name="Atlas").click()
    canvas = page.get_by_role("img", name="Atlas of 600 photos")
    box = canvas.bounding_box()
    assert box
    points = page.evaluate(SCENES, [project["id"], box["width"], box["height"]])
    inside = [(x, y) for image, x, y in points if image in wanted]
    assert barriers(page) == []

    page.get_by_role("button", name="Lasso", exact=False).first.click()
    corners = around(inside)
    page.mouse.move(box["x"] + corners[-1][0], box["y"] + corners[-1][1])
    page.mouse.down()
    for x, y in corners:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
    page.mouse.up()
    expect(page.get_by_text("300 photos chosen")).to_be_visible()
    expect(page.get_by_role("link", name="Lasso in the atlas")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Give").click()
    page.get_by_label("Name", exact=True).fill("One scene")
    page.get_by_role("button", name="Give 300 photos").click()
    page.wait_for_url("**/batches/*/")
    (batch,) = must(api.get(f"/projects/{project['id']}/batches/"))["results"]
    given = must(api.get(f"/projects/{project['id']}/images/ids/", params={"batch": batch["id"]}))["ids"]
    assert set(given) == wanted


def around(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of the points' hull, a little outside of it."""
    from scipy.spatial import ConvexHull

    hull = [points[i] for i in ConvexHull(points).vertices]
    x, y = (sum(values) / len(hull) for values in zip(*hull, strict=True))
    return [(x + (a - x) * 1.03, y + (b - y) * 1.03) for a, b in hull]
