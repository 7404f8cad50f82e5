"""A test photo cannot be told from another by what the API says of it; after the answer its person is told."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.models import Annotation, Image
from annotate.services.agreement.consensus import adjudicate
from annotate.services.queueing import gold, queue
from tests.factories import client_of, make_image, make_member, make_project, owner_of, photo_bytes
from tests.labels import LEFT_HALF, label, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """One photo that waits, and one settled that is a test and has a split from a release."""
    project = make_project(votes_wanted=1)
    test = make_image(project, photo_bytes(seed=1))
    label_image(test, LEFT_HALF, "bad")
    adjudicate(test, by=owner_of(project), document=LEFT_HALF, desirability="bad", reason="The face is blurred.")
    gold.mark_gold(test, by=owner_of(project))
    Image.objects.filter(pk=test.pk).update(split="train", group="a")
    make_image(project, photo_bytes(seed=2))
    return project


def ask_next(project, monkeypatch, *, share, person=None):
    monkeypatch.setitem(queue.CLAIM_SHARES, "newcomer_share", share)
    person = person or make_member(project)
    return client_of(person).post(f"/api/projects/{project.pk}/next/")


def without_ids(response):
    """The answer's head and bytes, but for numbers, digests and times."""
    body = re.sub(rb'"sha256":"\w+"|"[\d-]+T[\d:.]+(Z|[+-][\d:]+)"|(?<=[":])\d+(?=[,}])', b"#", response.content)
    head = {
        name: value
        for name, value in response.headers.items()
        if name not in ("Date", "Content-Length", "X-Request-ID")
    }
    return response.status_code, head, body


def test_a_test_photo_is_given_in_the_very_bytes_of_any_other(project, monkeypatch):
    test, other = (ask_next(project, monkeypatch, share=share) for share in (1.0, 0.0))
    layers = Annotation.objects.filter(state="draft").order_by("pk").values_list("layer", flat=True)
    assert list(layers) == ["gold", "person"]
    assert without_ids(test) == without_ids(other)
    assert b"agreed" not in test.content


def test_what_else_the_api_tells_of_it_is_the_same(project, monkeypatch):
    person = make_member(project)
    task = ask_next(project, monkeypatch, share=1.0, person=person).json()
    asked = client_of(person)
    photo = asked.get(f"/api/images/{task['image']['id']}/").json()
    (listed, _) = asked.get(f"/api/projects/{project.pk}/images/").json()["results"]
    for each in (photo, listed):
        assert (each["state"], each["desirability"], each["split"]) == ("new", None, "")
    assert asked.get(f"/api/annotations/{task['annotation']['id']}/").json()["layer"] == "person"
    curator = client_of(owner_of(project))
    assert curator.get(f"/api/images/{task['image']['id']}/").json()["state"] == "agreed"


def test_as_many_statements_are_needed_for_one_as_for_the_other(project, monkeypatch):
    ask_next(project, monkeypatch, share=1.0)  # the connection's first claim prepares the statement
    counts = []
    for share in (1.0, 0.0):
        person = make_member(project)
        with CaptureQueriesContext(connection) as queries:
            ask_next(project, monkeypatch, share=share, person=person)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_submitting_tells_what_the_expert_said_and_twice_is_once(project, monkeypatch):
    person = make_member(project)
    ask_next(project, monkeypatch, share=1.0, person=person)
    draft = Annotation.objects.get(author=person)
    label(draft, LEFT_HALF, "ok")
    answers = [client_of(person).post(f"/api/annotations/{draft.pk}/submit/").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["feedback"] == {
        "desirability": "bad",
        "reason": "The face is blurred.",
        "document": LEFT_HALF,
        "is_right": False,
        "overlap_ppm": 1_000_000,
    }


def test_of_other_photos_nothing_is_told(project, monkeypatch):
    person = make_member(project)
    ask_next(project, monkeypatch, share=0.0, person=person)
    draft = label(Annotation.objects.get(author=person), LEFT_HALF, "ok")
    assert client_of(person).post(f"/api/annotations/{draft.pk}/submit/").json()["feedback"] is None


def test_an_edit_of_an_answer_is_refused(project, monkeypatch):
    person = make_member(project)
    ask_next(project, monkeypatch, share=1.0, person=person)
    draft = label(Annotation.objects.get(author=person), LEFT_HALF, "ok")
    body = {"save_id": "0194e2d6-0000-7000-8000-000000000001", "base_revision": 1, "document": LEFT_HALF}
    refusal = client_of(person).put(f"/api/annotations/{draft.pk}/draft/", json.loads(json.dumps(body)))
    assert (refusal.status_code, refusal.json()["code"]) == (409, "gold_answered")
