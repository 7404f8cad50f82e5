"""What photos are found by follows what is said of them, and each question is answered in its order."""

import pytest
from django.core.exceptions import PermissionDenied

from annotate.core.errors import SmartBlurError
from annotate.models import Image, PhotoFacts, PhotoNews, Role
from annotate.services.finding import facts
from annotate.services.finding.counts import counts_of
from annotate.services.finding.filters import FILTERS, SORTS
from annotate.services.finding.search import read_query
from annotate.services.labelling.preannotations import save_preannotation
from tests.factories import make_image, make_project
from tests.labels import LEFT_HALF, label_image, rectangle

pytestmark = pytest.mark.django_db
SUBJECT = {"base": None, "regions": [rectangle("subject-0", 0, 24, 0, 48, 32)]}
SAID = {"model_name": "m", "model_version": 1, "weights_sha256": "0" * 64, "uncertainty_ppm": 1}


@pytest.fixture
def project():
    project = make_project(votes_wanted=2)
    project.my_role = Role.OWNER
    return project


def found(project, query):
    return read_query(project, query).ids(50)


def test_facts_follow_people_and_the_model(project):
    image = make_image(project)
    model = {"base": 0, "regions": []}
    save_preannotation(image, document=model, subject=SUBJECT, probabilities_ppm=[0, 700_000, 100_000, 200_000], **SAID)
    assert not facts.count_noted(within_s=60)
    row = PhotoFacts.objects.get()
    assert (row.source, row.verdict, row.verdict_ppm, row.subject_ppm, row.scene) == (
        "model",
        "good",
        700_000,
        0,
        "sharp-0",
    )
    label_image(image, LEFT_HALF, "good", "ok")
    words = PhotoFacts.objects.values("verdict", "verdict_ppm", "entropy_ppm", "is_differing", "vote_apart_ppm")
    at_once = words.get()
    assert (at_once["is_differing"], at_once["vote_apart_ppm"]) == (True, 900_000)
    assert not facts.count_noted(within_s=60)
    assert words.get() == at_once
    row = PhotoFacts.objects.get()
    assert (row.source, row.scene, row.largest, row.kind) == ("people", "sharp-2", 2, "unknown")
    assert row.shares_ppm == [500_000, 0, 500_000, 0]
    assert row.map_apart_ppm == 333_333
    assert row.state == Image.objects.get().state
    query = f"verdict={row.verdict}&scene=sharp-2&differing=1"
    assert found(project, query) == [image.pk]
    assert found(project, query.replace("sharp-2", "sharp-3")) == []
    assert not PhotoNews.objects.exists()


def test_every_filter_and_sort_is_a_statement_the_database_takes(project):
    for name, each in FILTERS.items():
        choice = str(next(iter(each.choices), ("1",))[0])
        value = {"range": "1..2", "days": "2026-01-01..", "flag": "1", "words": "a" * 64, "area": "1_0-0_9-0_9-9"}.get(
            each.kind, choice
        )
        assert found(project, f"{name}={value}") == [], name
    image = make_image(project)
    for name in SORTS:
        assert found(project, f"sort={name}") == found(project, f"sort=-{name}") == [image.pk], name


def test_pages_follow_one_another_in_any_order_and_blanks_come_last(project):
    images = [make_image(project).pk for _ in range(7)]
    for pk, ppm in zip(images, [300, 100, None, 300, None, 200, 300], strict=True):
        PhotoFacts.objects.filter(pk=pk).update(entropy_ppm=ppm)
    for order in ("sort=entropy", "sort=-entropy", "sort=added", ""):
        search, seen = read_query(project, order), []
        whole = search.ids(50)
        while page := search.ids(2, after=seen[-1] if seen else None):
            seen += page
        assert seen == whole
        neighbours = zip([None, *whole], [*whole[1:], None], strict=False)
        assert [search.beside(pk) for pk in whole] == list(neighbours)
    a, b, c, d, e, f, g = images
    assert found(project, "sort=entropy") == [b, f, a, d, g, e, c]
    assert found(project, "sort=-entropy") == [g, d, a, f, b, e, c]
    assert found(project, "entropy=0.02..0.03") == [f]


def test_a_saved_set_is_a_filter_like_others(project):
    first, second = make_image(project, file_name="a.jpg"), make_image(project, file_name="b.jpg")
    project.saved_sets.create(name="A", query="q=a&sort=added", saved_by=project.memberships.get().user)
    assert found(project, "set=A") == [first.pk]
    assert found(project, "set=A&q=b") == []
    assert read_query(project, "set=A").order == "added"
    assert second.pk in found(project, "")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("nonsense=1", "unknown_filter"),
        ("entropy=5", "invalid_filter"),
        ("entropy=a..b", "invalid_filter"),
        ("entropy=-3..", "invalid_filter"),
        ("taken=2026-13-01..", "invalid_filter"),
        ("taken=..9999-12-31", "invalid_filter"),
        ("verdict=fine", "invalid_filter"),
        ("largest=x", "invalid_filter"),
        ("sort=camera", "invalid_filter"),
        ("set=none", "unknown_set"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_or_left_out(project, query, code):
    with pytest.raises(SmartBlurError) as refusal:
        read_query(project, query)
    assert (refusal.value.code, refusal.value.where) == (code, query.split("=")[0])
    lenient = read_query(project, f"{query}&q=a", is_strict=False)
    assert lenient.asked == {"q": "a"}


def test_who_may_not_know_may_not_ask(project):
    project.saved_sets.create(name="A", query="scene=sharp-3", saved_by=project.memberships.get().user)
    project.my_role = Role.ANNOTATOR
    for query in ("scene=sharp-3", "sort=entropy", "set=A", "gold=1", "uploader=x"):
        with pytest.raises(PermissionDenied):
            read_query(project, query)
    assert read_query(project, "scene=sharp-3&q=a", is_strict=False).asked == {"q": "a"}


def test_the_indexes_that_filters_name_are_there():
    named = {each.index for each in FILTERS.values() if each.index.startswith("facts_")}
    assert named <= {index.name for index in PhotoFacts._meta.indexes}


def test_values_are_counted_among_the_photos_that_answer(project):
    for word in ("good", "good", "bad"):
        pk = make_image(project).pk
        PhotoFacts.objects.filter(pk=pk).update(verdict=word, is_differing=word == "bad")
    counts = counts_of(read_query(project, ""))
    assert (counts["verdict"], counts["differing"], counts["scene"]) == ({"good": 2, "bad": 1}, {"1": 1}, {})
    assert counts_of(read_query(project, "verdict=bad"))["verdict"] == {"bad": 1}
