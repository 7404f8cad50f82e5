"""The points of an atlas: where each photo lies, what colours it, and which the filters leave out."""

import base64

import numpy as np
import pytest

from annotate.models import PhotoFacts, Role
from annotate.services.finding import atlas as points
from annotate.services.finding import atlases
from tests.factories import client_of, make_image, make_project, owner_of
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db
POINT = np.dtype([("id", ">i8"), ("x", ">i2"), ("y", ">i2"), ("code", ">i2")])


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def images(project):
    """Six photos in a row in the atlas, one of them withdrawn, and a seventh without a place."""
    ids = [make_image(project, file_name=f"{name}.jpg").pk for name in "abcdef"]
    facts = PhotoFacts.objects
    for n, pk in enumerate(ids):
        facts.filter(pk=pk).update(verdict=["good", "bad", ""][n % 3], subject_ppm=n * 200_000, sharpest_mpx=500 + n)
    facts.filter(pk=ids[0]).update(camera="Kamera", is_withdrawn=True)
    facts.filter(pk=ids[4]).update(camera="Kamera", subject_ppm=None)
    atlases.draw_atlas(
        project, model_version=1, images=np.array(ids), places=np.array([[100 * n, 7] for n in range(6)])
    )
    return [*ids, make_image(project).pk]


def ask(project, query=""):
    answer = client_of(owner_of(project)).get(f"/api/projects/{project.pk}/atlas/?{query}")
    rows = np.frombuffer(base64.b64decode(answer.data["points"]), POINT) if answer.status_code == 200 else []
    return answer, [tuple(map(int, row)) for row in rows]


def test_points_are_coloured_by_any_filter(project, images):
    a, b, c, d, e, f, _unplaced = images
    answer, rows = ask(project)
    counts = [answer.data[name] for name in ("found_count", "placed_count", "point_count")]
    assert (answer.data["values"], counts) == (["none", "good", "ok", "bad"], [6, 5, 5])
    assert rows == [(b, 100, 7, 3), (c, 200, 7, 254), (d, 300, 7, 1), (e, 400, 7, 3), (f, 500, 7, 254)]
    answer, rows = ask(project, "by=subject&verdict=bad")
    assert [answer.data[name] for name in ("found_count", "placed_count")] == [2, 2]
    assert answer.data["values"][:2] == ["..10", "10..20"]
    assert [row[3] for row in rows] == [2, 255, 255, 254, 255]
    answer, rows = ask(project, "by=camera")
    assert (answer.data["values"], [row[3] for row in rows]) == (["Kamera"], [254, 254, 254, 0, 254])
    assert [row[0] for row in ask(project, "withdrawn=1")[1]] == [a]


def test_every_colour_is_a_filter_whose_values_find_the_photos_of_that_colour(project, images):
    for by in points.COLOURS:
        answer, rows = ask(project, f"by={by}")
        for code, value in enumerate(answer.data["values"]):
            found = {row[0] for row in ask(project, f"{by}={value}")[1] if row[3] != 255}
            assert found == {row[0] for row in rows if row[3] == code}, (by, value)


def test_an_even_sample_is_drawn_of_too_many(project, images, monkeypatch):
    monkeypatch.setattr(points, "MOST", 3)
    answer, rows = ask(project, f"lasso={project.atlases.get().pk}_0-0_350-0_350-9_0-9")
    assert (answer.data["point_count"], answer.data["placed_count"]) == (5, 3)
    assert 0 < len(rows) < 5


def test_an_answer_that_is_known_is_not_sent_again_and_takes_few_queries(
    project, images, django_assert_max_num_queries
):
    client, path = browser(owner_of(project)), f"/api/projects/{project.pk}/atlas/?by=sharpest&verdict=bad"
    with django_assert_max_num_queries(QUERY_BOUND):
        first = client.get(path)
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    for wrong in ("by=lasso", "verdict=fine", "lasso=1_2"):
        assert client.get(f"/api/projects/{project.pk}/atlas/?{wrong}").status_code == 400


def test_the_page_is_for_those_who_see_what_was_said(project, images, django_assert_max_num_queries):
    path, owner = f"/projects/{project.pk}/atlas/", browser(owner_of(project))
    with django_assert_max_num_queries(QUERY_BOUND):
        page = owner.get(f"{path}?verdict=bad&by=subject&nonsense=1")
    assert page.context["atlas"]["query"] == "by=subject&verdict=bad"
    assert [chip["words"] for chip in page.context["chips"]] == ["Verdict: Bad"]
    assert all(page.context["atlas"]["ways"].values())
    researcher = member_of(project, Role.RESEARCHER).get(path)
    assert researcher.context["atlas"]["ways"] | {"photos": ""} == dict.fromkeys(
        ["photos", "batch", "release", "save"], ""
    )
    assert member_of(project, Role.ANNOTATOR).get(path).status_code == 403
    bare = make_project()
    assert "No atlas yet" in words(browser(owner_of(bare)).get(f"/projects/{bare.pk}/atlas/"))
    empty = ask(bare)[0]
    assert (empty.data["atlas"], empty.data["points"]) == (None, "")
