"""Labelling over HTTP: who may, what is refused and where, how many queries it takes."""

import gzip
import json
import uuid

import pytest

from annotate import tasks
from annotate.models import Annotation, Preannotation
from annotate.services.agreement import merging
from annotate.services.teams import people
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, SHARP, claim, label, label_image, rectangle

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """A project with one image that one person is to label."""
    project = make_project(votes_wanted=1)
    make_image(project, file_name="dog.jpg")
    return project


@pytest.fixture
def draft(project):
    """That image's draft."""
    return claim(project, make_member(project))


def put_draft(client, draft, document=LEFT_HALF, *, base=0, **changes):
    body = {"save_id": str(uuid.uuid4()), "base_revision": base, "document": document, "active_ms": 10} | changes
    return client.put(f"/api/annotations/{draft.pk}/draft/", body)


def token_client(user):
    """A client with a token that was used before: a token's first use is written down."""
    _, key = people.issue_token(user, name="test")
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert client.get("/api/projects/").status_code == 200
    return client


def test_next_gives_the_photo_the_draft_and_the_models_layer(project):
    image = project.images.get()
    Preannotation.objects.create(
        image=image,
        model_name="net 3",
        model_version=3,
        weights_sha256="ab" * 32,
        document=LEFT_HALF,
        probabilities_ppm=[1, 2, 3, 999_994],
        uncertainty_ppm=7,
        no_evidence=SHARP,
        no_evidence_ppm=9,
        subject=LEFT_HALF,
    )
    answer = client_of(make_member(project)).post(f"/api/projects/{project.pk}/next/")
    assert answer.status_code == 200
    task = answer.json()
    assert (task["image"]["id"], task["image"]["file_name"], task["image"]["desirability"]) == (
        image.pk,
        "dog.jpg",
        None,
    )
    assert task["annotation"] | {"id": 0, "author": 0} == {
        "id": 0,
        "image": image.pk,
        "author": 0,
        "layer": "person",
        "revision": 0,
        "state": "draft",
        "document": {"base": None, "regions": []},
        "active_ms": 0,
        "notes": [],
    }
    assert task["prediction"] == {
        "document": LEFT_HALF,
        "probabilities": {"none": 1, "good": 2, "ok": 3, "bad": 999_994},
        "model": "net 3",
        "uncertainty_ppm": 7,
        "no_evidence": SHARP,
        "no_evidence_ppm": 9,
        "subject": LEFT_HALF,
    }
    assert task["vote"] is None
    assert task["lease_until"].endswith("Z")


def test_next_without_a_model_has_no_prediction_and_knows_the_vote_so_far(project, draft):
    client = client_of(draft.author)
    client.put(f"/api/images/{draft.image_id}/vote/", {"desirability": "ok", "elapsed_ms": 5})
    task = client.post(f"/api/projects/{project.pk}/next/").json()
    assert (task["prediction"], task["vote"], task["annotation"]["id"]) == (None, "ok", draft.pk)


def test_next_is_204_when_nothing_is_left(project, draft):
    answer = client_of(make_member(project)).post(f"/api/projects/{project.pk}/next/")
    assert (answer.status_code, answer.content) == (204, b"")


def test_next_opens_the_photo_that_is_named(project):
    chosen = make_image(project)
    task = client_of(make_member(project)).post(f"/api/projects/{project.pk}/next/", {"image": chosen.pk}).json()
    assert task["image"]["id"] == chosen.pk


def test_next_does_not_open_a_photo_of_another_project(project):
    elsewhere = make_image(make_project())
    answer = client_of(make_member(project)).post(f"/api/projects/{project.pk}/next/", {"image": elsewhere.pk})
    assert answer.status_code == 404


@pytest.mark.parametrize("body", [{"image": "first"}, {"image": 0}, {"picture": 1}, [1]])
def test_next_refuses_a_malformed_body(project, body):
    answer = client_of(make_member(project)).post(f"/api/projects/{project.pk}/next/", body)
    assert answer.status_code == 400
    assert {"code", "detail"} <= answer.json().keys()


def test_next_takes_six_queries_at_most(project, django_assert_max_num_queries):
    client = token_client(make_member(project))
    with django_assert_max_num_queries(6):
        assert client.post(f"/api/projects/{project.pk}/next/").status_code == 200


def test_a_save_answers_with_its_revision(draft):
    answer = put_draft(client_of(draft.author), draft)
    assert (answer.status_code, answer.json()) == (200, {"revision": 1})


def test_second_tab_gets_409_with_the_newer_annotation(draft):
    client = client_of(draft.author)
    put_draft(client, draft, LEFT_HALF)
    answer = put_draft(client, draft, SHARP, base=0)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["where"]) == ("stale_revision", "base_revision")
    assert (problem["annotation"]["revision"], problem["annotation"]["document"]) == (1, LEFT_HALF)


def test_a_repeated_save_gets_the_same_answer(draft):
    client, save_id = client_of(draft.author), str(uuid.uuid4())
    answers = [put_draft(client, draft, save_id=save_id) for _ in range(3)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"revision": 1})] * 3


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"save_id": "x"}, "save_id"),
        ({"base_revision": -1}, "base_revision"),
        ({"base_revision": 2**40}, "base_revision"),
        ({"active_ms": "long"}, "active_ms"),
        ({"document": None}, "document"),
        ({"document": {"base": 0}}, None),
        (
            {"document": {"base": 0, "regions": [rectangle("a", 1, 0, 0, 1, 1) | {"rings": [[0, 0, 1, 1, 2.5, 2]]}]}},
            "regions[0].rings[0][4]",
        ),
        ({"more": 1}, "more"),
    ],
)
def test_a_malformed_save_is_told_where(draft, changes, where):
    answer = put_draft(client_of(draft.author), draft, **changes)
    assert (answer.status_code, answer.json().get("where")) == (400, where)
    assert Annotation.objects.get().revision == 0


@pytest.mark.parametrize(
    "body", [b'{"\\ud800": 1}', b'{"save_id": "\\uDFFF"}', b"\xff", b'{"save_id": "\xed\xa0\x80"}']
)
def test_half_a_character_is_no_json(draft, body):
    client = client_of(draft.author)
    answer = client.generic("PUT", f"/api/annotations/{draft.pk}/draft/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_whole_characters_beyond_the_first_plane_are_taken(project, draft):
    body = b'{"reason": "too dark \\ud83c\\udf11"}'
    client = client_of(draft.author)
    answer = client.generic("POST", f"/api/annotations/{draft.pk}/skip/", body, content_type="application/json")
    assert answer.status_code == 204
    assert draft.image.assignments.get().skip_reason == "too dark \N{NEW MOON SYMBOL}"


def test_a_save_takes_eight_queries_at_most(draft, django_assert_max_num_queries):
    client = token_client(draft.author)
    with django_assert_max_num_queries(8):
        assert put_draft(client, draft).status_code == 200


def test_submit_answers_with_the_submitted_annotation_and_twice_is_once(draft):
    client = client_of(draft.author)
    put_draft(client, draft)
    client.put(f"/api/images/{draft.image_id}/vote/", {"desirability": "bad", "elapsed_ms": 5})
    answers = [client.post(f"/api/annotations/{draft.pk}/submit/") for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "submitted")] * 2


def test_submit_says_what_is_missing(draft):
    client = client_of(draft.author)
    put_draft(client, draft)
    answer = client.post(f"/api/annotations/{draft.pk}/submit/")
    assert (answer.status_code, answer.json()["code"]) == (400, "vote_missing")


def test_submit_takes_twenty_two_queries_at_most(draft, django_assert_max_num_queries):
    client = token_client(draft.author)
    put_draft(client, draft)
    client.put(f"/api/images/{draft.image_id}/vote/", {"desirability": "bad", "elapsed_ms": 5})
    with django_assert_max_num_queries(22):
        client.post(f"/api/annotations/{draft.pk}/submit/")


def test_what_takes_long_to_merge_wakes_a_worker(draft, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(merging, "AT_ONCE_PX", 0)
    woken = []
    monkeypatch.setattr(tasks.merge_maps, "delay", lambda: woken.append(draft.image_id))
    client = token_client(draft.author)
    put_draft(client, draft)
    client.put(f"/api/images/{draft.image_id}/vote/", {"desirability": "bad", "elapsed_ms": 5})
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/api/annotations/{draft.pk}/submit/")
    assert woken == [draft.image_id]


def test_a_skipped_photo_does_not_come_back(project, draft):
    client = client_of(draft.author)
    assert client.post(f"/api/annotations/{draft.pk}/skip/", {"reason": "not a photo"}).status_code == 204
    assert client.post(f"/api/projects/{project.pk}/next/").status_code == 204
    again = client.post(f"/api/annotations/{draft.pk}/skip/", {"reason": "not a photo"})
    assert (again.status_code, again.json()["code"]) == (409, "not_held")


def test_skipping_needs_a_reason(draft):
    answer = client_of(draft.author).post(f"/api/annotations/{draft.pk}/skip/", {})
    assert (answer.status_code, answer.json()["where"]) == (400, "reason")


@pytest.mark.parametrize("body", [{}, {"desirability": "great"}, {"desirability": "ok", "elapsed_ms": -1}])
def test_a_malformed_vote_is_refused(draft, body):
    answer = client_of(draft.author).put(f"/api/images/{draft.image_id}/vote/", body)
    assert answer.status_code == 400


def test_photos_that_want_a_vote_are_told_without_a_lease(project):
    client = client_of(make_member(project))
    told = client.get(f"/api/projects/{project.pk}/unvoted/").json()
    image = project.images.get()
    assert (told["count"], [each["id"] for each in told["results"]]) == (1, [image.pk])
    assert image.assignments.count() == 0
    client.put(f"/api/images/{image.pk}/vote/", {"desirability": "ok", "alone": True})
    assert client.get(f"/api/projects/{project.pk}/unvoted/").json() == {"count": 0, "results": []}


def test_a_vote_is_taken_back_once_and_twice_is_once(project):
    client, image = client_of(make_member(project)), project.images.get()
    client.put(f"/api/images/{image.pk}/vote/", {"desirability": "ok", "alone": True})
    assert [client.delete(f"/api/images/{image.pk}/vote/").status_code for _ in range(2)] == [204, 204]
    assert image.votes.count() == 0


def test_the_vote_of_a_submitted_map_cannot_be_taken_back(project):
    image = project.images.get()
    (person,) = label_image(image, LEFT_HALF, "bad")
    answer = client_of(person).delete(f"/api/images/{image.pk}/vote/")
    assert (answer.status_code, answer.json()["code"]) == (409, "vote_in_use")


@pytest.mark.parametrize("ask", ["get", "delete"])
def test_strangers_find_no_votes(project, ask):
    places = {"get": f"/api/projects/{project.pk}/unvoted/", "delete": f"/api/images/{project.images.get().pk}/vote/"}
    assert getattr(client_of(make_user()), ask)(places[ask]).status_code == 404


def test_photos_that_want_a_vote_take_eight_queries_at_most(project, django_assert_max_num_queries):
    client = token_client(make_member(project))
    for _ in range(3):
        make_image(project)
    with django_assert_max_num_queries(8):
        client.get(f"/api/projects/{project.pk}/unvoted/")


def test_a_vote_takes_ten_queries_at_most(draft, django_assert_max_num_queries):
    client = token_client(draft.author)
    with django_assert_max_num_queries(10):
        client.put(f"/api/images/{draft.image_id}/vote/", {"desirability": "ok"})


def test_consensus_and_its_map_are_there_once_somebody_submitted(project):
    image = project.images.get()
    client = client_of(make_member(project, "curator"))
    assert client.get(f"/api/images/{image.pk}/consensus/").status_code == 404
    label_image(image, LEFT_HALF, "bad")
    consensus = client.get(f"/api/images/{image.pk}/consensus/").json()
    assert (consensus["state"], consensus["desirability"], consensus["agreement"]) == ("agreed", "bad", None)
    assert consensus["votes"] == {"none": 0, "good": 0, "ok": 0, "bad": 1}
    assert sum(consensus["posterior"].values()) == 1_000_000
    levels = client.get(f"/api/images/{image.pk}/consensus/levels.png", headers={"accept": "image/png"})
    assert (levels["Content-Type"], levels.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")


def test_consensus_takes_five_queries_at_most(project, django_assert_max_num_queries):
    image = project.images.get()
    label_image(image, LEFT_HALF, "bad")
    client = token_client(make_member(project, "curator"))
    with django_assert_max_num_queries(5):
        client.get(f"/api/images/{image.pk}/consensus/")


def test_a_curator_settles_a_photo_and_an_annotator_does_not(project):
    image = project.images.get()
    body = {"document": LEFT_HALF, "desirability": "good", "reason": "the dog is sharp"}
    url = f"/api/images/{image.pk}/consensus/"
    assert client_of(make_member(project)).put(url, body).status_code == 403
    settled = client_of(make_member(project, "curator")).put(url, body)
    assert (settled.status_code, settled.json()["desirability"], settled.json()["decided_by"]) == (
        200,
        "good",
        "adjudicated",
    )
    stale = client_of(owner_of(project)).put(url, body | {"seen": settled.json()["revision"] - 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "settled_meanwhile")
    knowing = client_of(owner_of(project)).put(url, body | {"seen": settled.json()["revision"]})
    assert knowing.status_code == 200


def test_people_see_their_own_annotation_and_curators_everybodys(project, draft):
    url = f"/api/annotations/{draft.pk}/"
    people = {"author": draft.author, "curator": make_member(project, "curator"), "peer": make_member(project)}
    assert {name: client_of(person).get(url).status_code for name, person in people.items()} == {
        "author": 200,
        "curator": 200,
        "peer": 404,
    }


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_strangers_learn_nothing(project, draft, who):
    label(draft, LEFT_HALF, "bad")
    client = client_of(make_user() if who == "stranger" else None)
    answers = [
        client.post(f"/api/projects/{project.pk}/next/"),
        client.get(f"/api/annotations/{draft.pk}/"),
        put_draft(client, draft),
        client.post(f"/api/annotations/{draft.pk}/submit/"),
        client.post(f"/api/annotations/{draft.pk}/skip/", {"reason": "x"}),
        client.put(f"/api/images/{draft.image_id}/vote/", {"desirability": "ok"}),
        client.get(f"/api/images/{draft.image_id}/consensus/"),
        client.put(f"/api/images/{draft.image_id}/consensus/", {}),
        client.get(f"/api/images/{draft.image_id}/consensus/levels.png"),
    ]
    assert {answer.status_code for answer in answers} == {404 if who == "stranger" else 401}


def test_notes_come_back_with_the_photo_and_show_on_its_page(project, draft, client):
    note = {"id": "n1", "x": 16, "y": 32, "text": "Dust on the lens?"}
    own = client_of(draft.author)
    assert own.put(f"/api/annotations/{draft.pk}/notes/", {"notes": [note]}).json() == {"notes": [note]}
    assert own.post(f"/api/projects/{project.pk}/next/").json()["annotation"]["notes"] == [note]
    client.force_login(owner_of(project))
    page = client.get(f"/projects/{project.pk}/photos/{draft.image_id}/").content.decode()
    assert "Dust on the lens?" in page
    assert "at 1, 2 px" in page


@pytest.mark.parametrize(
    ("notes", "where"),
    [([{"id": "n1", "x": 1, "y": 1, "text": ""}], "notes"), ([{"id": "", "x": 1, "y": 1, "text": "a"}], "notes")],
)
def test_a_malformed_note_is_refused(draft, notes, where):
    answer = client_of(draft.author).put(f"/api/annotations/{draft.pk}/notes/", {"notes": notes})
    assert answer.status_code == 400
    assert answer.json()["where"].startswith(where)


def test_a_photo_is_looked_ahead_to_and_given_back(project, draft):
    make_image(project, file_name="cat.jpg")
    own = client_of(draft.author)
    ahead = own.post(f"/api/projects/{project.pk}/next/", {"after": draft.image_id}).json()
    assert ahead["image"]["file_name"] == "cat.jpg"
    assert own.post(f"/api/annotations/{ahead['annotation']['id']}/return/").status_code == 204
    assert client_of(make_member(project)).post(f"/api/projects/{project.pk}/next/").json()["image"] == ahead["image"]


def test_a_gzipped_draft_is_read_and_a_bomb_is_refused(draft):
    body = {"save_id": str(uuid.uuid4()), "base_revision": 0, "document": LEFT_HALF, "active_ms": 1}
    own = client_of(draft.author)

    def put(text):
        return own.generic(
            "PUT",
            f"/api/annotations/{draft.pk}/draft/",
            gzip.compress(text),
            content_type="application/json",
            headers={"Content-Encoding": "gzip"},
        )

    assert put(json.dumps(body).encode()).json() == {"revision": 1}
    bomb = put(b" " * 2**26)
    assert (bomb.status_code, bomb.json()["code"]) == (413, "too_large")
