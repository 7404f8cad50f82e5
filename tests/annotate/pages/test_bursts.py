"""A burst is one of the list, leads to its photos, and the best of them is kept and taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from annotate.models import Image, Role
from annotate.services.finding.facts import refresh
from tests.factories import client_of, make_image, make_member, owner_of, photo_with_soft_background
from tests.visits import QUERY_BOUND, told, undo, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def burst(project):
    """The ids of three photos of a burst, before one that is of none."""
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    photos = [make_image(project, photo_with_soft_background(240, 160, seed=n), file_name=f"{n}.jpg") for n in range(4)]
    for number, image in enumerate(photos):
        taken = at + timedelta(seconds=number if number < 3 else 60)
        Image.objects.filter(pk=image.pk).update(captured_at=taken, camera="Canon", dhash=0x0F0F_3333_5555_00FF)
    refresh([image.pk for image in photos])
    return [image.pk for image in photos[:3]]


def test_a_burst_is_one_of_the_list_and_of_those_that_answer(project, owner, burst, django_assert_max_num_queries):
    place = f"/projects/{project.pk}/"
    with django_assert_max_num_queries(QUERY_BOUND):
        page = owner.get(place, {"bursts": 1})
    assert [(image.file_name, image.burst_count) for image in page.context["images"]] == [("3.jpg", 0), ("2.jpg", 3)]
    assert f'href="?burst={burst[0]}"' in page.content.decode()
    narrowed = owner.get(place, {"bursts": 1, "q": "0.jpg"}).context["images"]
    assert [(image.file_name, image.burst_count) for image in narrowed] == [("0.jpg", 1)]
    inside = owner.get(place, {"burst": burst[0]})
    assert [image.pk for image in inside.context["images"]] == burst[::-1]
    assert ("Burst: 0.jpg" in words(inside), "Compare and keep" in words(inside)) == (True, True)


def test_the_best_is_kept_from_where_the_burst_was_opened_and_all_come_back(project, owner, burst):
    place = f"/projects/{project.pk}/twins/"
    page = owner.get(place, {"burst": burst[0], "back": "bursts=1&q=jpg"})
    assert "3 photos of one camera" in words(page)
    form = {"act": page.context["act"], "images": burst, "back": page.context["back"], "keep": burst[1]}
    decided = owner.post(f"{place}decide/", form)
    assert decided["Location"] == f"/projects/{project.pk}/?bursts=1&q=jpg"
    assert told(decided) == ["2 photos are withdrawn, 1 stays."]
    assert owner.get(place, {"burst": burst[0], "back": "q=jpg"})["Location"] == f"/projects/{project.pk}/?q=jpg"
    back = undo(owner, decided)
    assert (back["Location"], told(back)[-1]) == (decided["Location"], "3 photos are as before.")
    kept = owner.post(f"{place}decide/", form | {"act": owner.get(place, {"burst": burst[0]}).context["act"], "all": 1})
    assert told(kept)[-1] == "All of them stay."
    assert list(project.images.filter(is_withdrawn=True)) == []


def test_the_api_tells_bursts_where_they_are_asked_for_and_curators_what_is_proposed(project, burst):
    client, path = client_of(owner_of(project)), f"/api/projects/{project.pk}/images/"
    assert client.get(f"{path}ids/?bursts=true").data["bursts"] == dict.fromkeys(burst, burst[0])
    assert "bursts" not in client.get(f"{path}ids/").data
    assert client.get(f"{path}ids/?burst={burst[0]}").data["ids"] == burst
    told = client.get(f"{path}bursts/{burst[0]}/").data
    assert (told["images"], told["proposed"], told["file_name"]) == (burst, burst[0], "0.jpg")
    assert told["why"] == "Nothing that is measured tells them apart; it came first."
    assert client.get(f"{path}bursts/{burst[1]}/").status_code == 404
    member = client_of(make_member(project, Role.ANNOTATOR))
    assert member.get(f"{path}bursts/{burst[0]}/").status_code == 403
