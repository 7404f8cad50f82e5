"""Filters with counts, saved sets and statistics, as a curator meets them."""

import re

import pytest

from annotate.models import PhotoFacts, PhotoNews, Role
from annotate.services.releasing.releases import cut_release
from annotate.services.releasing.snapshots import agreed_images
from tests.factories import client_of, make_image, owner_of
from tests.labels import LEFT_HALF, label_image
from tests.visits import member_of, told, undo, words

pytestmark = pytest.mark.django_db
JOURNEY = {"verdict": "good", "scene": "sharp-3", "differing": "1"}


@pytest.fixture
def photos(project):
    """Three photos that two people labelled: one is good, with a sharp subject, a soft background and a quarrel."""
    images = [make_image(project, file_name=f"{name}.jpg") for name in "abc"]
    for image in images:
        label_image(image, LEFT_HALF, "good", "good")
    PhotoFacts.objects.filter(pk=images[1].pk).update(scene="sharp-3", is_differing=True, camera="Kamera")
    return images


def test_three_choices_find_good_photos_with_a_sharp_subject_that_people_differ_on(project, owner, photos, monkeypatch):
    path = f"/projects/{project.pk}/"
    first = owner.get(path)
    offered = {field.name: field for field in first.context["panel"]["first"]}
    assert JOURNEY.keys() <= offered.keys()
    assert ("good", "Good", 3) in offered["verdict"].choices
    assert ("sharp-3", "Subject sharp, background 3 High", 1) in offered["scene"].choices
    found = owner.get(path, JOURNEY)
    assert [image.pk for image in found.context["images"]] == [photos[1].pk]
    assert [chip["words"] for chip in found.context["panel"]["chips"]] == [
        "Verdict: Good",
        "Subject and background: Subject sharp, background 3 High",
        "People differ",
    ]
    assert "scene=sharp-3" in found.context["panel"]["chips"][0]["without"]
    named = {field.name for field in member_of(project).get(path).context["panel"]["first"]}
    assert named.isdisjoint({"verdict", "scene", "differing", "skipped"})
    monkeypatch.setattr("annotate.pages.finding.MOST_COUNTED", 2)
    narrowed, whole = (
        {field.name: field.choices for field in owner.get(path, asked).context["panel"]["first"]}
        for asked in (JOURNEY, {})
    )
    assert ("good", "Good", None) in narrowed["verdict"]
    assert whole["verdict"] == offered["verdict"].choices


def test_a_set_is_saved_listed_used_by_batches_and_releases_and_forgotten(project, owner, photos):
    base = f"/projects/{project.pk}/"
    saved = owner.post(f"{base}sets/save/", {"name": "Soft", "query": "scene=sharp-3&sort=-entropy"})
    assert (saved["Location"], told(saved)) == (f"{base}?set=Soft", ["Saved as Soft."])
    again = owner.post(f"{base}sets/save/", {"name": "Soft", "query": "q=a"})
    assert told(again)[-1].startswith("There is a set called Soft already.")
    listed = words(owner.get(f"{base}sets/"))
    assert "Soft" in listed
    assert "Subject sharp, background 3 High" in listed
    assert owner.get(f"{base}batches/new/", {"set": "Soft"}).context["count"] == 1
    assert owner.get(f"{base}releases/new/", {"set": "Soft"}).context["agreed"] == 1
    release = cut_release(project, by=owner_of(project), version="1.0.0", photos="set=Soft")
    assert (release.photos, release.item_count) == ("scene=sharp-3&sort=-entropy", 1)
    row = project.saved_sets.get()
    assert member_of(project, Role.RESEARCHER).post(f"{base}sets/{row.pk}/forget/").status_code == 403
    forgotten = owner.post(f"{base}sets/{row.pk}/forget/")
    assert not project.saved_sets.exists()
    undo(owner, forgotten)
    assert project.saved_sets.get().query == row.query
    assert list(agreed_images(project, release.licenses, release.photos)) == [photos[1]]


def test_sets_come_and_go_by_the_api(project, photos):
    client, stranger = client_of(owner_of(project)), client_of(None)
    path = f"/api/projects/{project.pk}/sets/"
    made = client.post(path, {"name": "Soft", "query": "scene=sharp-3"}, format="json")
    assert (made.status_code, made.data["query"]) == (201, "scene=sharp-3")
    assert client.get(path).data["results"] == [made.data]
    assert client.get(f"/api/projects/{project.pk}/images/ids/?set=Soft").data["ids"] == [photos[1].pk]
    wrong = client.post(path, {"name": "Else", "query": "scene=dull"}, format="json")
    assert (wrong.status_code, wrong.data["code"], wrong.data["where"]) == (400, "invalid_filter", "scene")
    assert stranger.get(path).status_code in (401, 403)
    first = client.post(
        f"/api/projects/{project.pk}/images/acts/",
        {"act": "first", "matching": {"set": "Soft"}, "act_id": "00000000-0000-4000-8000-000000000001"},
        format="json",
    )
    assert first.data == {"changed": 1}
    assert client.delete(f"/api/sets/{made.data['id']}/").status_code == 204


def test_every_bar_of_the_statistics_leads_to_as_many_photos(project, owner, photos):
    address = f"/projects/{project.pk}/statistics/"
    assert "3 photos are still being counted; the bars follow." in words(owner.get(address))
    PhotoNews.objects.all().delete()
    page = owner.get(address, {"verdict": "good", "beside": "scene=sharp-3"})
    assert "data-again" not in page.content.decode()
    assert [side["count"] for side in page.context["sides"]] == [3, 1]
    bars = [bar for chart in page.context["charts"] for row in chart["rows"] for bar in row["bars"]]
    assert len(bars) > 10
    counts = {bar["query"]: bar["count"] for bar in bars}
    for query, count in counts.items():
        assert (query, len(owner.get(f"/projects/{project.pk}/?{query}").context["images"])) == (query, count)
    assert {"Verdict", "Camera", "Labelled by", "Added"} <= {chart["title"] for chart in page.context["charts"]}
    assert len(re.findall('data-kind="beside"', page.content.decode())) == len(bars) // 2
