"""Batches, copies and the archive over HTTP: who may, what each sees, what is refused, how many queries it takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Batch
from tests.factories import client_of, make_image, make_member, make_project, make_user
from tests.labels import LEFT_HALF, claim, label

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(name="Cats")


@pytest.fixture
def photos(project):
    return [make_image(project, file_name=name) for name in ("cat.jpg", "dog.jpg", "cat2.jpg")]


@pytest.fixture
def curator(project):
    return client_of(make_member(project, "curator"))


@pytest.fixture
def rosa(project):
    return make_member(project, user=make_user("rosa"))


def give(client, project, **fields):
    return client.post(f"/api/projects/{project.pk}/batches/", {"name": "Week 12"} | fields)


def test_a_curator_gives_what_matches_and_sees_by_whom(project, photos, curator, rosa):
    due = (timezone.localdate() + timedelta(days=3)).isoformat()
    answer = give(curator, project, matching={"q": "cat"}, people=["rosa"], due_on=due)
    batch = answer.json()
    assert answer.status_code == 201
    assert {name: batch[name] for name in ("name", "people", "photo_count", "done_count", "due_on", "is_overdue")} == {
        "name": "Week 12",
        "people": [{"name": "rosa", "handed_in": 0}],
        "photo_count": 2,
        "done_count": 0,
        "due_on": due,
        "is_overdue": False,
    }
    make_image(project, file_name="cat3.jpg")
    label(claim(project, rosa), LEFT_HALF, "good")
    again = curator.get(f"/api/batches/{batch['id']}/").json()
    assert (again["people"], again["photo_count"], again["done_count"]) == ([{"name": "rosa", "handed_in": 1}], 2, 1)


def test_others_see_what_is_given_to_them_and_only_their_own_part(project, photos, curator, rosa):
    tom = make_member(project, user=make_user("tom"))
    give(curator, project, images=[photos[0].pk], people=["rosa", "tom"])
    give(curator, project, images=[photos[1].pk], people=["tom"], name="Toms")
    url = f"/api/projects/{project.pk}/batches/"
    seen = {
        person.username: [
            (each["name"], [share["name"] for share in each["people"]])
            for each in client_of(person).get(url).json()["results"]
        ]
        for person in (rosa, tom)
    }
    assert seen == {"rosa": [("Week 12", ["rosa"])], "tom": [("Toms", ["tom"]), ("Week 12", ["tom"])]}
    toms = Batch.objects.get(name="Toms").pk
    assert client_of(rosa).get(f"/api/batches/{toms}/").status_code == 404


def test_a_curator_closes_and_opens_it_and_changes_its_people(project, photos, curator, rosa):
    number = give(curator, project, images=[photos[0].pk], is_for_everybody=True).json()["id"]
    url = f"/api/batches/{number}/"
    assert curator.patch(url, {"is_closed": True}).json()["closed_at"] is not None
    changed = curator.patch(url, {"is_closed": False, "people": ["rosa"], "is_for_everybody": False}).json()
    assert (changed["closed_at"], changed["people"]) == (None, [{"name": "rosa", "handed_in": 0}])
    assert client_of(rosa).patch(url, {"name": "Mine"}).status_code == 403
    assert client_of(make_user()).patch(url, {"name": "Mine"}).status_code == 404


@pytest.mark.parametrize(
    ("spoilt", "where"),
    [
        ({}, "images"),
        ({"images": [1], "matching": {}}, "images"),
        ({"images": [], "is_for_everybody": True}, "images"),
        ({"images": [1], "people": ["nobody"]}, "people"),
        ({"images": [1]}, "people"),
        ({"images": [1], "is_for_everybody": True, "due_on": "2020-02-02"}, "due_on"),
        ({"images": [1], "is_for_everybody": True, "due_on": "soon"}, "due_on"),
        ({"images": ["x"], "is_for_everybody": True}, "images[0]"),
    ],
)
def test_a_malformed_batch_is_refused_naming_the_place(project, curator, spoilt, where):
    answer = give(curator, project, **spoilt)
    assert (answer.status_code, answer.json()["where"]) == (400, where)


def test_a_photo_of_another_project_is_a_404(project, curator):
    other = make_image(make_project())
    assert give(curator, project, images=[other.pk], is_for_everybody=True).status_code == 404


def test_a_list_takes_seven_queries_however_many_batches(project, photos, curator, rosa, django_assert_max_num_queries):
    for image in photos:
        give(curator, project, images=[image.pk], people=["rosa"])
    with django_assert_max_num_queries(7):
        assert len(curator.get(f"/api/projects/{project.pk}/batches/").json()["results"]) == 3


def test_a_project_is_put_away_cannot_be_changed_and_is_taken_out(project, photos, curator):
    owner = client_of(make_member(project, "owner"))
    url = f"/api/projects/{project.pk}/"
    assert curator.put(f"{url}archive/", {"is_archived": True}).status_code == 403
    assert client_of(make_user()).put(f"{url}archive/", {"is_archived": True}).status_code == 404
    assert owner.put(f"{url}archive/", {}).status_code == 400
    assert owner.put(f"{url}archive/", {"is_archived": True}).json()["archived_at"] is not None
    for answer in (
        owner.patch(url, {"name": "Dogs"}),
        give(curator, project, images=[photos[0].pk], is_for_everybody=True),
        owner.post(f"{url}next/"),
        owner.put(f"/api/images/{photos[0].pk}/vote/", {"desirability": "good"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "archived")
    assert [client_of(make_user()).get(url).status_code, owner.get(url).status_code] == [404, 200]
    lists = [owner.get("/api/projects/", {"archived": flag}).json()["results"] for flag in (False, True)]
    assert [[each["name"] for each in rows] for rows in lists] == [[], ["Cats"]]
    assert owner.get("/api/projects/", {"archived": "perhaps"}).status_code == 400
    assert owner.put(f"{url}archive/", {"is_archived": False}).json()["archived_at"] is None
    assert owner.patch(url, {"name": "Dogs"}).status_code == 200


def test_a_curator_copies_a_project_and_owns_the_copy(project, photos, curator, django_assert_max_num_queries):
    url = f"/api/projects/{project.pk}/copies/"
    with django_assert_max_num_queries(25):
        answer = curator.post(url, {"name": "Cats 2", "with_photos": True})
    assert (answer.status_code, answer.json()["name"], answer.json()["role"]) == (201, "Cats 2", "owner")
    images = curator.get(f"/api/projects/{answer.json()['id']}/images/").json()["results"]
    assert [each["file_name"] for each in images] == ["cat.jpg", "dog.jpg", "cat2.jpg"]
    assert curator.post(url, {"with_photos": True}).json()["where"] == "name"
    assert [client_of(each).post(url, {"name": "x"}).status_code for each in (make_user(), make_member(project))] == [
        404,
        403,
    ]
