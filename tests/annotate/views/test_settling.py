"""A curator's own map over HTTP: who may, what is refused, how many queries it takes."""

import uuid

import pytest

from annotate.models import Consensus
from tests.factories import client_of, make_image, make_member, make_project, make_user
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image

pytestmark = pytest.mark.django_db
WORD = {"desirability": "good", "reason": "A slip."}


@pytest.fixture
def image():
    image = make_image(make_project(), file_name="dog.jpg")
    label_image(image, LEFT_HALF, "good")
    label_image(image, RIGHT_HALF, "bad")
    return image


@pytest.fixture
def curator(image):
    return client_of(make_member(image.project, "curator"))


def test_a_curator_begins_saves_and_settles(image, curator):
    task = curator.post(f"/api/images/{image.pk}/settling/").json()
    assert (task["image"]["file_name"], task["annotation"]["layer"], task["prediction"]) == (
        "dog.jpg",
        "settling",
        None,
    )
    number = task["annotation"]["id"]
    draft = {"save_id": str(uuid.uuid4()), "base_revision": 0, "document": RIGHT_HALF, "active_ms": 10}
    assert curator.put(f"/api/annotations/{number}/draft/", draft).json() == {"revision": 1}
    again = curator.post(f"/api/images/{image.pk}/settling/").json()["annotation"]
    assert (again["id"], again["revision"], again["document"]) == (number, 1, RIGHT_HALF)
    decision = WORD | {"annotation": number, "seen": task["seen"]}
    settled = curator.post(f"/api/images/{image.pk}/settle/", decision)
    assert (settled.status_code, settled.json()["decided_by"], settled.json()["reason"]) == (
        200,
        "adjudicated",
        "A slip.",
    )
    assert Consensus.objects.get(image=image).adjudication.document == RIGHT_HALF


def test_only_curators_find_it(image):
    for path in ("settling/", "settle/"):
        url = f"/api/images/{image.pk}/{path}"
        people = [make_member(image.project), make_member(image.project, "researcher"), make_user()]
        assert [client_of(person).post(url, {}).status_code for person in people] == [403, 403, 404]


def test_a_map_of_ones_own_is_not_handed_in_as_a_label(image, curator):
    number = curator.post(f"/api/images/{image.pk}/settling/").json()["annotation"]["id"]
    assert curator.post(f"/api/annotations/{number}/submit/").status_code == 404


def test_another_curators_decision_is_a_409_in_words(image, curator):
    task = curator.post(f"/api/images/{image.pk}/settling/").json()
    other = client_of(make_member(image.project, "curator", make_user("vera")))
    taken = other.put(f"/api/images/{image.pk}/consensus/", WORD | {"document": LEFT_HALF, "reason": "The face."})
    assert taken.status_code == 200
    decision = WORD | {"annotation": task["annotation"]["id"], "seen": task["seen"]}
    refusal = curator.post(f"/api/images/{image.pk}/settle/", decision)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "settled_meanwhile")
    assert "vera has settled this photo meanwhile: “The face.”" in refusal.json()["detail"]


@pytest.mark.parametrize("spoilt", [{}, {"reason": ""}, {"desirability": "fine"}, {"annotation": "x"}, {"seen": -1}])
def test_a_malformed_decision_is_refused(image, curator, spoilt):
    body = WORD | {"annotation": 1, "seen": 1} | spoilt if spoilt else {}
    answer = curator.post(f"/api/images/{image.pk}/settle/", body)
    assert answer.status_code == 400
    assert {"code", "detail"} <= answer.json().keys()


def test_opening_takes_fourteen_queries_and_settling_28_at_most(image, curator, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        task = curator.post(f"/api/images/{image.pk}/settling/").json()
    curator.put(
        f"/api/annotations/{task['annotation']['id']}/draft/",
        {"save_id": str(uuid.uuid4()), "base_revision": 0, "document": RIGHT_HALF, "active_ms": 10},
    )
    with django_assert_max_num_queries(28):
        decision = WORD | {"annotation": task["annotation"]["id"], "seen": task["seen"]}
        assert curator.post(f"/api/images/{image.pk}/settle/", decision).status_code == 200
