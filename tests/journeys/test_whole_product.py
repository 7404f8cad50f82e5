"""All five journeys in one: two people label a photo, it is released, learnt from, and the model labels the next one.

Over real HTTP in a real browser, with Postgres, Valkey, workers and torch as `make run` starts them.
"""

import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from modelsvc.fusenet.data.releases import SmartBlurDataset
from tests.factories import photo_with_soft_background
from tests.running_site import RunningSite

PASSWORD = "correct horse 17 staple"
PATIENCE_MS = 300_000  # for what a worker does


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Seven photos with a sharp middle and a soft background; the last is for the model."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(7):
        (folder / f"photo-{number}.jpg").write_bytes(photo_with_soft_background(288, 208, seed=number))
    return sorted(folder.iterdir())


def test_label_release_train_promote_preannotate(
    new_context: Callable[..., BrowserContext], running_site: RunningSite, photos: list[Path], tmp_path: Path
) -> None:
    owner, second = (new_context(base_url=running_site.url).new_page() for _ in range(2))
    for page in (owner, second):
        page.set_default_timeout(30_000)

    sign_in(owner, "owner", running_site.owner_password)
    project = make_project(owner, "Journey")
    upload(owner, project, photos[:-1])
    join(second, invite(owner, project))

    for page in (owner, second):
        page.goto(f"{project}label/")
        for done in range(1, len(photos)):
            label_photo(page)
            expect(page.get_by_text(f"{done} of {len(photos) - 1}")).to_be_visible()
        expect(page.get_by_text("All photos are labelled")).to_be_visible()

    owner.goto(project)
    expect(owner.locator(".photo .chip[data-state=agreed]")).to_have_count(len(photos) - 1)

    release = cut_release(owner, project)
    folder = download(owner, tmp_path)
    verdict = subprocess.run([sys.executable, "-I", "tools/verify.py", "."], cwd=folder, capture_output=True, text=True)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert sum(len(SmartBlurDataset(folder, split)) for split in ("train", "validation", "test")) == len(photos) - 1

    train(owner, project, release)
    promote(owner, project)

    upload(owner, project, photos[-1:])
    owner.goto(project)
    wait_for(owner, ".photo .chip[data-state=preannotated]")
    owner.goto(f"{project}label/")
    expect(owner.get_by_text(re.compile(r"^Opened photo-6\.jpg"))).to_be_attached()
    owner.keyboard.press("Shift+Digit1")
    owner.keyboard.press("a")
    expect(owner.get_by_text("The whole photo has a level")).to_be_visible()


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def make_project(page: Page, name: str) -> str:
    """The address of a new project."""
    page.goto("/projects/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("First network").select_option("none")
    page.get_by_label("Photos without the model's map").fill("0")
    page.locator("form.form").get_by_role("button").click()
    page.wait_for_url(re.compile(r"/projects/\d+/"))
    return re.search(r"/projects/\d+/", page.url).group()


def upload(page: Page, project: str, photos: list[Path]) -> None:
    page.goto(f"{project}?bring=1")
    expect(page.get_by_role("button", name="Drop photos here")).to_be_visible()
    page.locator("input[type=file]").set_input_files(photos)
    page.get_by_label("Licence", exact=True).select_option("CC0-1.0")
    page.get_by_role("button", name=re.compile("Upload", re.I)).click()
    expect(page.locator("[data-island=upload]")).to_contain_text(f"{len(photos)} came in")


def invite(page: Page, project: str) -> str:
    page.goto(f"{project}people/")
    page.get_by_role("button", name="Make links").click()
    return page.get_by_label("Invitation link").input_value()


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Username").fill("second")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("join", re.I)).click()
    page.wait_for_url(re.compile(r"/projects/\d+/queue/$"))


def label_photo(page: Page) -> None:
    """Give all a level, draw the sharp middle, vote that the soft background is good, hand in."""
    opened = page.get_by_text(re.compile(r"^Opened photo-\d\.jpg"))
    expect(opened).to_be_attached()
    page.keyboard.press("2")
    page.keyboard.press("g")
    page.keyboard.press("0")
    page.keyboard.press("p")
    box = page.locator("[role=application]").bounding_box()
    for x, y in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Digit1")
    page.keyboard.press("Enter")


def cut_release(page: Page, project: str) -> str:
    """The name of a release that is ready."""
    page.goto(f"{project}releases/")
    page.get_by_role("link", name="Cut").first.click()
    page.get_by_role("link", name="Say it").click()
    page.get_by_label("Licence of the labels").select_option("CC-BY-4.0")
    page.get_by_label("Authors").fill("Doe, Jane")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Cut release").click()
    anyway, ready = page.get_by_role("button", name="Cut it with nothing in"), page.get_by_role("link", name="Download")
    expect(anyway.or_(ready).first).to_be_visible(timeout=PATIENCE_MS)
    if anyway.is_visible():  # of so few photos
        anyway.click()
    expect(ready.first).to_be_visible(timeout=PATIENCE_MS)
    return page.get_by_role("heading", level=1).inner_text()


def download(page: Page, folder: Path) -> Path:
    """The downloaded release, unpacked."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").first.click()
    archive = folder / "release.zip"
    started.value.save_as(archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


def train(page: Page, project: str, release: str) -> None:
    page.goto(f"{project}models/start/")
    page.get_by_label("Release", exact=True).select_option(label=release)
    page.get_by_label("Preset", exact=True).select_option("smoke")
    page.get_by_text("Parameters that differ from the preset").click()
    page.get_by_label(re.compile("^Epochs")).fill("4")  # enough for a version, if not for a good one
    page.get_by_role("button", name="Start training").click()
    expect(page.locator("[data-island=run] .chip").first).to_have_text("Done", timeout=PATIENCE_MS)
    expect(page.locator("[data-island=run] table tbody tr").first).to_be_visible()


def promote(page: Page, project: str) -> None:
    page.goto(f"{project}models/")
    page.get_by_role("link", name=re.compile("^Promote")).first.click()
    page.get_by_role("button", name=re.compile("^Promote")).click()
    expect(page.get_by_text("In production", exact=True)).to_be_visible()


def wait_for(page: Page, selector: str) -> None:
    """Reload until `selector` is there."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            return expect(page.locator(selector).first).to_be_attached(timeout=5_000)
        except AssertionError:
            assert time.monotonic() < deadline, f"{selector} did not come"
            page.reload()
