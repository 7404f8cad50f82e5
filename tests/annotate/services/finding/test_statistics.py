"""Distributions are of the photos that answer, and those of all photos are kept as they change."""

from datetime import UTC, datetime

import pytest

from annotate.models import Image, PhotoFacts, Role, ValueCount
from annotate.services import counts
from annotate.services.finding.search import read_query
from annotate.services.finding.statistics import distributions
from tests.factories import make_image, make_project

pytestmark = pytest.mark.django_db
FACTS = {"verdict": "good", "verdict_ppm": 950_000, "largest": 2, "kind": "motion", "scene": "sharp-2"}


@pytest.fixture
def project():
    project = make_project()
    project.my_role = Role.OWNER
    return project


def of_all(project):
    """What is kept, which is what reading all photos gives."""
    kept, read = (distributions(read_query(project, query)) for query in ("", "size=0.."))
    assert kept == read
    return kept


def test_what_is_kept_of_all_photos_follows_whatever_happens_to_them(project):
    images = [make_image(project) for _ in range(3)]
    make_image(make_project())
    project.images.update(camera="Camera A", captured_at=datetime(2026, 2, 28, tzinfo=UTC))
    PhotoFacts.objects.filter(image__in=images).update(**FACTS, agreement_ppm=1_000_000, subject_ppm=99_999)
    found = of_all(project)
    assert [found[name] for name in ("verdict", "largest", "scene")] == [{"good": 3}, {"2": 3}, {"sharp-2": 3}]
    assert (found["agreement"]["90.."], found["sure"]["90.."], found["subject"]["0..10"]) == (3, 3, 3)
    assert (found["camera"], found["taken"]) == ({"Camera A": 3}, {"2026-02-01..2026-02-28": 3})
    assert (sum(found["added"].values()), found["size"]) == (3, {"0..2": 3})
    PhotoFacts.objects.filter(pk=images[0].pk).update(verdict="bad", pixels=2_000_000, agreement_ppm=None)
    Image.objects.filter(pk=images[1].pk).update(is_withdrawn=True)
    images[2].delete()
    found = of_all(project)
    assert (found["verdict"], found["size"], found["agreement"]) == ({"bad": 1}, {"2..6": 1}, {})
    written = ValueCount.objects.count()
    counts.add_up()
    assert (of_all(project), ValueCount.objects.count() < written) == (found, True)
    Image.objects.all().delete()
    counts.add_up()
    assert not ValueCount.objects.exists()
