"""More like this: neighbours by what the version in production saw, on the page and after rows came or went."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from annotate.models import Image, Project, Role
from modelsvc.models import ModelVersion, Prediction
from modelsvc.services.alike import photos_alike
from tests.factories import make_image, make_member, make_project, owner_of
from tests.modelsvc.rows import make_version
from tests.visits import QUERY_BOUND, browser, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def version() -> ModelVersion:
    version = make_version(make_project())
    version.stage = ModelVersion.Stage.PRODUCTION
    version.save()
    return version


def add(version: ModelVersion, name: str, angle: float, *, length: float = 3, age_s: float = 120) -> Image:
    """A photo whose features are at an angle, in degrees."""
    image = make_image(version.project, file_name=name)
    content = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0, 0]) * length
    prediction = Prediction.objects.create(
        version=version,
        image=image,
        document={},
        probabilities_ppm=[1_000_000, 0, 0, 0],
        uncertainty_ppm=0,
        content=content.astype(np.float16).tobytes(),
        elapsed_ms=1,
    )
    Prediction.objects.filter(pk=prediction.pk).update(created_at=timezone.now() - timedelta(seconds=age_s))
    return image


def names(image: Image, count: int = 60) -> list[str]:
    return [each.file_name for each, _ in photos_alike(image, count)]


def test_the_nearest_come_first_and_what_came_since_is_among_them(version):
    own = add(version, "own", 0)
    add(version, "far", 80)
    add(version, "near", 10, length=40)
    assert [(each.file_name, round(cosine, 2)) for each, cosine in photos_alike(own)] == [("near", 0.98), ("far", 0.17)]
    add(version, "nearer", 5)
    gone = add(version, "gone", 1)
    assert names(own, 2) == ["gone", "nearer"]
    Image.objects.filter(pk=gone.pk).update(is_withdrawn=True)
    assert names(own) == ["nearer", "near", "far"]


def test_a_prediction_whose_elders_may_still_come_waits(version):
    own = add(version, "own", 0)
    young = add(version, "young", 1, age_s=5)
    assert names(own) == []
    Prediction.objects.filter(image=young).update(created_at=timezone.now() - timedelta(hours=1))
    assert names(own) == ["young"]


def test_a_file_that_was_cut_off_is_written_anew(version, settings):
    own = add(version, "own", 0)
    add(version, "near", 10)
    names(own)
    (features,) = Path(settings.MODELS_ROOT).glob("features/*.f32")
    features.write_bytes(features.read_bytes()[:-3])
    assert names(own) == ["near"]


def test_of_another_project_or_version_is_nothing(version):
    own = add(version, "own", 0)
    other = make_version(make_project(), "other")
    ModelVersion.objects.filter(pk=other.pk).update(stage="production")
    add(other, "theirs", 0)
    add(make_version(version.project, "candidate"), "by a candidate", 0)
    assert names(own) == []
    unseen = make_image(version.project, file_name="unseen")
    assert names(unseen) == []


def test_the_page_is_for_members_who_see_photos(version, django_assert_max_num_queries):
    project: Project = version.project
    own = add(version, "own", 0)
    for number in range(8):
        add(version, f"near-{number}.jpg", number)
    address = f"/projects/{project.pk}/photos/{own.pk}/alike/"
    client = browser(owner_of(project))
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(address)
    assert "The 8 photos that show most nearly the same" in words(page)
    assert page.content.index(b"near-1.jpg") < page.content.index(b"near-7.jpg")
    unseen = make_image(project, file_name="unseen")
    assert "Nothing to compare yet" in words(client.get(f"/projects/{project.pk}/photos/{unseen.pk}/alike/"))
    assert browser(make_member(project, Role.RESEARCHER)).get(address).status_code == 200
    assert browser(owner_of(make_project())).get(address).status_code == 404
    elsewhere = make_image(make_project(), file_name="elsewhere")
    assert client.get(f"/projects/{project.pk}/photos/{elsewhere.pk}/alike/").status_code == 404
