"""The dataset browser's side of the API: the order of a list, narrowing it, and acts on many photos."""

from uuid import uuid4

import pytest

from annotate.models import Image
from annotate.views import images
from tests.factories import client_of, make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image

pytestmark = pytest.mark.django_db


def ids_of(client, project, **asked):
    return client.get(f"/api/projects/{project.pk}/images/ids/", asked).json()["ids"]


def test_the_order_of_a_list_comes_whole_and_any_of_it_is_a_cursor(django_assert_max_num_queries):
    project = make_project()
    images = [make_image(project, file_name=f"{name}.jpg").pk for name in ("ada", "bea", "cat", "bear")]
    client = client_of(owner_of(project))
    assert ids_of(client, project) == images
    assert ids_of(client, project, newest=True, q="BEA") == [images[3], images[1]]
    page = client.get(f"/api/projects/{project.pk}/images/", {"newest": True, "cursor": images[2], "page_size": 1})
    assert [image["id"] for image in page.json()["results"]] == [images[1]]
    with django_assert_max_num_queries(4):
        ids_of(client, project)


def test_the_order_of_a_long_list_comes_a_page_at_a_time(monkeypatch):
    monkeypatch.setattr(images, "IDS_AT_ONCE", 2)
    project = make_project()
    rows = [make_image(project).pk for _ in range(5)]
    client, pages = client_of(owner_of(project)), []
    url = f"/api/projects/{project.pk}/images/ids/?newest=true"
    while url:
        page = client.get(url).json()
        pages.append(page["ids"])
        url = page["next"]
    assert pages == [[rows[4], rows[3]], [rows[2], rows[1]], [rows[0]]]
    assert client.get(f"/api/projects/{project.pk}/images/ids/", {"cursor": "x"}).json()["where"] == "cursor"


def test_lists_are_narrowed_by_what_people_said_and_who_brought_it(django_assert_max_num_queries):
    project = make_project(votes_wanted=2)
    agreed, quarrel, parted, fresh, gone = [make_image(project) for _ in range(5)]
    label_image(agreed, LEFT_HALF, "good", "good")
    label_image(quarrel, LEFT_HALF, "good", "bad")
    label_image(parted, LEFT_HALF, "ok")
    label_image(parted, RIGHT_HALF, "ok")
    Image.objects.filter(pk=gone.pk).update(is_withdrawn=True)
    client, owner = client_of(owner_of(project)), owner_of(project).username
    assert ids_of(client, project, desirability="good") == [agreed.pk]
    assert ids_of(client, project, differing=True) == [quarrel.pk, parted.pk]
    assert ids_of(client, project, withdrawn=True) == [gone.pk]
    assert ids_of(client, project, uploader=owner) == [agreed.pk, quarrel.pk, parted.pk, fresh.pk]
    assert ids_of(client, project, uploader="nobody") == []


def test_where_people_differ_is_not_told_to_annotators():
    project = make_project()
    annotator = client_of(make_member(project))
    path = f"/api/projects/{project.pk}/images/ids/"
    assert annotator.get(path, {"differing": True}).status_code == 403
    assert annotator.get(path, {"state": "fine"}).json()["where"] == "state"


def test_a_curator_acts_on_photos_and_takes_it_back():
    project = make_project()
    images = [make_image(project).pk for _ in range(2)]
    client, path, act = client_of(owner_of(project)), f"/api/projects/{project.pk}/images/acts/", str(uuid4())
    body = {"act": "withdraw", "images": images, "act_id": act}
    assert client.post(path, body, format="json").json() == {"changed": 2}
    assert client.post(f"{path}{act}/undo/", {"undo_id": str(uuid4())}, format="json").json() == {"changed": 2}
    assert not Image.objects.filter(is_withdrawn=True).exists()
    assert client.post(f"{path}{uuid4()}/undo/", {"undo_id": str(uuid4())}, format="json").status_code == 404


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"act": "burn"}, "act"),
        ({"images": []}, "images"),
        ({"images": [1] * 20_001}, "images"),
        ({"act_id": "seven"}, "act_id"),
    ],
)
def test_a_malformed_act_is_refused_by_its_place(change, where):
    project = make_project()
    body = {"act": "withdraw", "images": [make_image(project).pk], "act_id": str(uuid4())} | change
    answer = client_of(owner_of(project)).post(f"/api/projects/{project.pk}/images/acts/", body, format="json")
    assert (answer.status_code, answer.json()["where"].split("[")[0]) == (400, where)
