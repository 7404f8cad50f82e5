"""Sending work back over HTTP: who may, what each sees of it, what is refused, how many queries it takes."""

import pytest

from annotate.models import Annotation
from tests.factories import client_of, make_image, make_member, make_project, make_user
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db
BODY = {"reason": "The ear is blurred too.", "x": 160, "y": 320}


@pytest.fixture
def image():
    return make_image(make_project(votes_wanted=2))


@pytest.fixture
def work(image):
    (author,) = label_image(image, LEFT_HALF, "good")
    return Annotation.objects.get(author=author)


@pytest.fixture
def curator(image):
    return client_of(make_member(image.project, "curator", make_user("vera")))


def test_a_curator_sends_back_and_the_author_finds_it_first_with_the_mark(image, work, curator):
    make_image(image.project)
    answer = curator.post(f"/api/annotations/{work.pk}/rework/", BODY)
    asked = answer.json()
    assert answer.status_code == 201
    assert {name: asked[name] for name in ("image", "annotation", "asked_by", "asked_of", "state", *BODY)} == BODY | {
        "image": image.pk,
        "annotation": work.pk,
        "asked_by": "vera",
        "asked_of": work.author.username,
        "state": "open",
    }
    task = client_of(work.author).post(f"/api/projects/{image.project_id}/next/").json()
    assert task["sent_back"] == BODY | {"id": asked["id"]}
    assert (task["image"]["id"], task["annotation"]["document"], task["vote"]) == (image.pk, LEFT_HALF, "good")
    assert task["is_copy"] is False
    handed_in = client_of(work.author).post(f"/api/annotations/{work.pk}/submit/")
    assert handed_in.status_code == 200
    accepted = curator.post(f"/api/rework/{asked['id']}/accept/")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")


def test_both_see_what_became_of_it_and_peers_see_no_names(image, work, curator):
    other = make_member(image.project)
    asked = curator.post(f"/api/annotations/{work.pk}/rework/", BODY | {"to": other.username}).json()
    url = f"/api/projects/{image.project_id}/rework/"
    seen = [client_of(person).get(url).json()["results"] for person in (work.author, other, make_member(image.project))]
    assert [[(each["id"], each["asked_of"]) for each in page] for page in seen] == [
        [(asked["id"], None)],
        [(asked["id"], None)],
        [],
    ]
    assert [each["asked_of"] for each in curator.get(url).json()["results"]] == [other.username]
    assert curator.get(url, {"state": "redone"}).json() == {"results": [], "next": None}
    assert client_of(other).post(f"/api/projects/{image.project_id}/next/").json()["is_copy"] is True
    taken_back = curator.post(f"/api/rework/{asked['id']}/withdraw/")
    assert (taken_back.status_code, taken_back.json()["state"]) == (200, "withdrawn")


@pytest.mark.parametrize(
    ("spoilt", "where"),
    [({"reason": ""}, "reason"), ({"y": None}, "y"), ({"x": -1}, "x"), ({"to": "nobody"}, "to"), ({"who": 1}, "who")],
)
def test_a_malformed_request_is_refused_naming_the_place(work, curator, spoilt, where):
    answer = curator.post(f"/api/annotations/{work.pk}/rework/", BODY | spoilt)
    assert (answer.status_code, answer.json()["where"]) == (400, where)


def test_half_a_place_and_an_unknown_state_are_refused(work, curator):
    answer = curator.post(f"/api/annotations/{work.pk}/rework/", {"reason": "No.", "x": 1})
    assert (answer.status_code, answer.json()["where"]) == (400, "y")
    answer = curator.get(f"/api/projects/{work.image.project_id}/rework/", {"state": "lost"})
    assert (answer.status_code, answer.json()["where"]) == (400, "state")


def test_strangers_and_peers_cannot_send_back(work):
    url = f"/api/annotations/{work.pk}/rework/"
    assert [client_of(person).post(url, BODY).status_code for person in (work.author, make_user())] == [403, 404]


def test_sending_back_takes_thirty_queries_and_a_list_four_at_most(work, curator, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        assert curator.post(f"/api/annotations/{work.pk}/rework/", BODY).status_code == 201
    with django_assert_max_num_queries(4):
        assert len(curator.get(f"/api/projects/{work.image.project_id}/rework/").json()["results"]) == 1
