"""Disputes and decisions over HTTP: what they say, who may, what is refused, how many queries it takes."""

import uuid

import pytest

from annotate.models import Consensus
from tests.factories import client_of, make_image, make_member, make_project
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image():
    image = make_image(make_project(), file_name="dog.jpg")
    label_image(image, LEFT_HALF, "good")
    label_image(image, RIGHT_HALF, "bad")
    return image


@pytest.fixture
def curator(image):
    return client_of(make_member(image.project, "curator"))


def test_a_dispute_opens_with_all_it_is_settled_by(image, curator):
    assert curator.get(f"/api/projects/{image.project_id}/disputes/").json() == {"ids": [image.pk]}
    dispute = curator.get(f"/api/images/{image.pk}/dispute/").json()
    assert (dispute["image"]["file_name"], dispute["why"]) == ("dog.jpg", "The votes differ: 1 × Good, 1 × Bad.")
    assert [(each["vote"], each["is_blurred"]) for each in dispute["people"]] == [("good", True), ("bad", True)]
    assert [difference["levels"] for difference in dispute["differences"]] == [[0, 0]]
    assert dispute["seen"] == Consensus.objects.get(image=image).revision


def test_it_is_decided_and_undone(image, curator):
    dispute = curator.get(f"/api/images/{image.pk}/dispute/").json()
    act = str(uuid.uuid4())
    decision = {
        "act_id": act,
        "annotation": dispute["people"][0]["annotation"],
        "takes": [{"place": 0, "annotation": dispute["people"][1]["annotation"]}],
        "desirability": "bad",
        "reason": "It was a slip.",
        "seen": dispute["seen"],
    }
    settled = curator.post(f"/api/images/{image.pk}/decision/", decision)
    assert (settled.status_code, settled.json()["state"], settled.json()["desirability"]) == (200, "agreed", "bad")
    assert curator.get(f"/api/projects/{image.project_id}/disputes/").json() == {"ids": []}
    undone = curator.post(f"/api/images/{image.pk}/decision/{act}/undo/").json()
    assert (undone["state"], undone["dispute"]) == ("disputed", "verdict")
    assert curator.get(f"/api/projects/{image.project_id}/disputes/").json() == {"ids": [image.pk]}


@pytest.mark.parametrize("query", ["order=loudest", "person=me", "colour=red"])
def test_an_order_that_there_is_not_is_refused(image, curator, query):
    assert curator.get(f"/api/projects/{image.project_id}/disputes/?{query}").status_code == 400


def test_opening_takes_eight_queries_and_deciding_twenty_seven_at_most(image, curator, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        dispute = curator.get(f"/api/images/{image.pk}/dispute/").json()
    drawn = dispute["people"][0]["annotation"]
    word = {"act_id": str(uuid.uuid4()), "annotation": drawn, "desirability": "good", "reason": "It was a slip."}
    with django_assert_max_num_queries(27):
        assert curator.post(f"/api/images/{image.pk}/decision/", word | {"seen": dispute["seen"]}).status_code == 200
