"""Giving work on pages: choosing photos and people, how far it is, closing it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Batch, Role
from annotate.services.queueing.batches import give_batch
from tests.factories import make_image, make_member, make_user, owner_of
from tests.labels import LEFT_HALF, claim, label
from tests.visits import QUERY_BOUND, browser, member_of, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def photos(project):
    return [make_image(project, file_name=name) for name in ("cat.jpg", "dog.jpg", "cat2.jpg")]


def page(project, place=""):
    return f"/projects/{project.pk}/batches/{place}"


def give(project, images, *names, **fields):
    fields = {"name": "Week 12", "is_for_everybody": not names} | fields
    return give_batch(project, by=owner_of(project), images=[each.pk for each in images], people=names, **fields)


def test_chosen_photos_are_given_to_named_people_until_a_day(project, owner, photos):
    rosa, day = make_member(project, user=make_user("rosa")), timezone.localdate() + timedelta(days=5)
    chosen = f"{photos[0].pk},{photos[2].pk}"
    asked = owner.post(page(project, "new/"), {"images": chosen})
    assert (asked.status_code, "Give 2 photos" in words(asked), Batch.objects.count()) == (200, True, 0)
    form = {"images": chosen, "name": "Cats", "who": "some", "people": ["rosa"], "due_on": day.isoformat()}
    given = owner.post(page(project, "new/"), form)
    batch = Batch.objects.get()
    assert (given["Location"], told(given)) == (page(project, f"{batch.pk}/"), ["2 photos are given."])
    assert (batch.name, batch.due_on, list(batch.people.all())) == ("Cats", day, [rosa])
    assert list(batch.images.order_by("pk")) == [photos[0], photos[2]]


def test_all_that_a_filter_finds_is_given_and_stays_that_set(project, owner, photos, monkeypatch):
    owner.post(page(project, "new/?q=cat"), {"name": "Cats", "who": "everybody"})
    make_image(project, file_name="cat3.jpg")
    assert [each.file_name for each in Batch.objects.get().images.order_by("pk")] == ["cat.jpg", "cat2.jpg"]
    monkeypatch.setattr("annotate.services.queueing.batches.MAX_IMAGES", 3)
    asked = [words(owner.get(page(project, f"new/{query}"))) for query in ("", "?q=cat")]
    assert ["Give at most 3 photos at once." in each for each in asked] == [True, False]
    grid = owner.get(f"/projects/{project.pk}/?batch={Batch.objects.get().pk}")
    assert [name in words(grid) for name in ("cat.jpg", "dog.jpg", "cat2.jpg")] == [True, False, True]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "who": "everybody"}, "Something is missing here."),
        ({"name": "Cats", "who": "some"}, "Say who gets the photos."),
        ({"name": "Cats", "who": "everybody", "due_on": "2020-01-01"}, "Choose a day from today on."),
        ({"name": "Cats", "who": "some", "people": ["nobody"]}, "“nobody” cannot be chosen here. Choose another."),
    ],
)
def test_what_is_wrong_is_said_where_it_is_and_nothing_is_given(project, owner, photos, form, said):
    answer = owner.post(page(project, "new/"), {"images": str(photos[0].pk)} | form)
    assert (answer.status_code, said in words(answer), Batch.objects.count()) == (200, True, 0)


def test_who_has_no_photo_to_give_is_told_what_to_do(project, owner):
    assert "There is no photo to give" in words(owner.get(page(project, "new/")))
    assert "Nothing is given yet" in words(owner.get(page(project)))
    assert "When a curator gives you photos" in words(member_of(project).get(page(project)))


def test_the_queue_page_says_by_whom_and_until_when_and_marks_what_is_overdue(project, owner, photos):
    rosa = make_member(project, user=make_user("rosa"))
    batch = give(project, photos[:2], "rosa")
    Batch.objects.filter(pk=batch.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    label(claim(project, rosa), LEFT_HALF, "good")
    said = words(owner.get(f"/projects/{project.pk}/queue/"))
    assert ("Given work" in said, "rosa 1" in said, "Overdue" in said, "1 of 2" in said) == (True,) * 4
    own = words(browser(rosa).get(f"/projects/{project.pk}/queue/"))
    assert ("Given to you" in own, "Week 12" in own, "Overdue" in own) == (True,) * 3
    assert "Week 12" not in words(member_of(project).get(f"/projects/{project.pk}/queue/"))


def test_peers_see_their_own_part_and_curators_all(project, owner, photos):
    for name in ("rosa", "tom"):
        make_member(project, user=make_user(name))
    batch = give(project, photos, "rosa", "tom")
    rosas = words(browser(batch.people.get(username="rosa")).get(page(project, f"{batch.pk}/")))
    all_of_it = words(owner.get(page(project, f"{batch.pk}/")))
    assert [("tom 0" in said, "rosa 0" in said) for said in (rosas, all_of_it)] == [(False, True), (True, True)]
    assert member_of(project).get(page(project, f"{batch.pk}/")).status_code == 404


def test_a_curator_changes_closes_and_opens_it_again(project, owner, photos):
    batch = give(project, photos)
    make_member(project, user=make_user("rosa"))
    owner.post(page(project, f"{batch.pk}/"), {"name": "Late", "who": "some", "people": ["rosa"]})
    batch.refresh_from_db()
    assert (batch.name, batch.is_for_everybody, batch.people.get().username) == ("Late", False, "rosa")
    closed = owner.post(page(project, f"{batch.pk}/close/"))
    assert told(closed)[-1] == "Late is closed. Its photos wait among the others."
    assert "Closed batches" in words(owner.get(page(project)))
    owner.post(page(project, f"{batch.pk}/close/"), {"reopen": "1"})
    batch.refresh_from_db()
    assert batch.closed_at is None


def test_only_curators_give_and_strangers_find_nothing(project, photos):
    batch = give(project, photos)
    posts = [page(project, "new/"), page(project, f"{batch.pk}/close/")]
    researcher = member_of(project, Role.RESEARCHER)
    assert [researcher.post(each).status_code for each in posts] == [403, 403]
    assert [browser(make_user()).get(each).status_code for each in (page(project), posts[0])] == [404, 404]
    assert member_of(project).post(page(project, f"{batch.pk}/"), {"name": "Mine"}).status_code == 200
    batch.refresh_from_db()
    assert batch.name == "Week 12"


def test_pages_take_as_few_queries_for_many_batches(project, owner, photos, django_assert_max_num_queries):
    batches = [give(project, [each]) for each in photos for _ in range(3)]
    for place in ("", "new/", f"{batches[0].pk}/"):
        with django_assert_max_num_queries(QUERY_BOUND):
            assert owner.get(page(project, place)).status_code == 200
