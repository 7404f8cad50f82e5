"""The researcher's pages at work: the plan of a training, a run live, two maps in one; usable by everybody."""

import re
from io import BytesIO

import PIL.Image
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotate import localcopy
from annotate.models import Project
from annotate.services import leases
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services import checkpoints, evaluations, runs
from tests.browser.conftest import Faults
from tests.browser.test_accessibility import barriers
from tests.factories import PASSWORD, make_project, make_user
from tests.modelsvc.rows import add_test_photos, make_evaluation, make_ready_release, make_run, make_version

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")


def jpeg(grey: int) -> bytes:
    """A picture as a worker leaves it."""
    file = BytesIO()
    PIL.Image.new("L", (48, 32), grey).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def project(transactional_db: None) -> Project:
    """A project with a release of four test photos; its owner is staff."""
    project = make_project(make_user("ada", is_staff=True, is_superuser=True), name="Portraits")
    add_test_photos(make_ready_release(project))
    return project


@pytest.fixture
def ada(page: Page, live_server, project: Project, faults: Faults) -> Page:
    """The owner's browser, where nothing may break the content policy or the console but axe and what is refused."""
    faults.expect(r"inline style .*\(\)$", r"^CSP: style-src-elem inline \(\)$", "status of 400")
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    return page


def test_the_start_form_says_what_is_in_the_release_and_whether_the_training_exists(
    ada: Page, live_server, project: Project
) -> None:
    release = project.releases.get()
    run = make_run(project, release, seed=7)
    ada.goto(f"{live_server.url}{reverse('admin:modelsvc_trainingrun_add')}")
    plan = ada.locator("[data-island=plan]")
    expect(plan).to_contain_text("Choose a release to see what is in it.")
    ada.get_by_role("combobox", name="Release:").select_option(str(release.pk))
    expect(plan).to_contain_text("0 photos to train on, 0 to choose by, 4 to measure on.")
    expect(plan.get_by_role("row", name="Good")).to_contain_text("4")
    expect(plan).to_contain_text("How long it takes is not known")
    ada.get_by_text("Parameters that differ from the preset").click()
    ada.get_by_label("Seed:").fill("7")
    ada.get_by_label("Epochs:", exact=True).click()
    expect(plan.get_by_role("link", name=f"run {run.pk}")).to_be_visible()
    assert barriers(ada) == []
    ada.get_by_label("Crop:").fill("100")
    ada.get_by_label("Epochs:", exact=True).click()
    expect(plan).to_contain_text("The side of a crop must be a multiple of 48.")


def test_a_run_is_watched_without_a_reload_and_cancelled(ada: Page, live_server, project: Project) -> None:
    run = make_run(project, project.releases.get(), epochs=4)
    lease = leases.claim_next(TrainingRun.objects.all())
    runs.begin_attempt(lease)
    finish_epoch(lease, 1)
    ada.goto(f"{live_server.url}{reverse('model-pages:run', args=[project.pk, run.pk])}")
    section = ada.get_by_role("region", name="The run, live")
    expect(section).to_contain_text("epoch 1 of 4")
    for epoch in (2, 3):
        finish_epoch(lease, epoch)
    expect(section).to_contain_text("epoch 3 of 4")
    expect(section.get_by_role("row", name="3 0.3333")).to_be_visible()
    loss = section.get_by_role("figure", name="Loss")
    expect(loss.locator("canvas")).to_be_visible()
    loss.get_by_role("slider", name="Loss: epoch").press("ArrowLeft")
    expect(loss).to_contain_text("Epoch 2 Training loss 0.5000")
    picture = section.get_by_role("img", name="verdict after epoch 3")
    expect(picture).to_be_visible()
    expect(section.get_by_role("row", name=f"Started by {run.started_by.username}.")).to_be_visible()
    assert barriers(ada) == []
    section.get_by_role("button", name="Cancel").click()
    expect(section).to_contain_text("Being cancelled")


def test_trainings_are_ticked_laid_over_each_other_and_smoothed(ada: Page, live_server, project: Project) -> None:
    pair = [make_run(project, project.releases.get(), epochs=4, seed=seed) for seed in (1, 2)]
    for _ in pair:
        lease = leases.claim_next(TrainingRun.objects.all())
        for epoch in (1, 2):
            finish_epoch(lease, epoch)
    ada.goto(f"{live_server.url}{reverse('model-pages:models', args=[project.pk])}")
    for run in pair:
        ada.get_by_role("checkbox", name=f"Tick run {run.pk}").check()
    ada.get_by_role("button", name="Lay the ticked ones over each other").click()
    chart = ada.get_by_role("figure", name="Level right")
    expect(chart.get_by_role("button", name=f"Run {pair[0].pk} 0.5000")).to_be_visible()
    ada.get_by_role("slider", name="Smoothing").fill("0.5")
    expect(ada).to_have_url(re.compile("&smooth=0.5$"))
    ada.reload()
    smoothed = f"{(0.5 * 0.25 * 0.5 + 0.5 * 0.5) / 0.75:.4f}"
    expect(chart.get_by_role("button", name=f"Run {pair[1].pk} {smoothed}")).to_be_visible()
    chart.get_by_role("button", name=f"Run {pair[1].pk}").click()
    expect(ada.get_by_role("figure", name="Training loss").locator("[aria-pressed=false]")).to_have_count(1)
    expect(ada.get_by_role("row", name="Seed 2 1")).to_be_visible()
    assert barriers(ada) == []


def finish_epoch(lease: leases.Lease, epoch: int) -> None:
    """What a trainer leaves of an epoch: numbers, and a picture of the fixed panel."""
    folder = localcopy.place(checkpoints.SHELF, checkpoints.sample_name(lease.work, epoch)).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{epoch}.jpg").write_bytes(jpeg(60 * epoch))
    runs.record_points(lease, share=epoch / 4, values={"loss": 1 / epoch})
    runs.record_epoch(lease, epoch=epoch, epochs=4, metrics={"loss": 1 / epoch, "level_accuracy": epoch / 4})


@pytest.fixture
def versions(project: Project) -> list[ModelVersion]:
    """Two versions that were measured on the test photos, with the maps they drew."""
    release = project.releases.get()
    add_test_photos(release, 30)  # fewer tell nothing
    versions = [make_version(project, name) for name in ("old", "new")]
    for version, right in zip(versions, (0.5, 0.9), strict=True):
        measured = make_evaluation(version, release, right)
        folder = localcopy.place(checkpoints.SHELF, evaluations.pictures_name(measured))
        folder.mkdir(parents=True)
        for item in release.items.all():
            (folder / f"{item.key}.jpg").write_bytes(jpeg(round(255 * right)))
    return versions


def test_two_maps_are_compared_in_one_view(ada: Page, live_server, versions: list[ModelVersion]) -> None:
    old, new = versions
    address = reverse("model-pages:compare", args=[old.project_id])
    ada.goto(f"{live_server.url}{address}?v={old.pk}&v={new.pk}")
    split = ada.get_by_role("region", name="Two maps in one")
    left = split.get_by_role("img", name="old, up to 50 % of the width")
    expect(left).to_have_css("clip-path", "inset(0px 50% 0px 0px)")
    split.get_by_role("slider").fill("20")
    left = split.get_by_role("img", name="old, up to 20 % of the width")
    expect(left).to_have_css("clip-path", "inset(0px 80% 0px 0px)")
    for picture in (left, split.get_by_role("img", name="Blur map by new")):
        expect(picture).to_have_js_property("naturalWidth", 48)
    split.get_by_role("checkbox", name="Show the photo").check()
    expect(split.get_by_role("img", name="the photo, up to")).to_be_visible()
    expect(ada.get_by_role("row", name="Level right")).to_contain_text("surely better")
    assert barriers(ada) == []
