"""Who gets which image: once, resumed, skipped, taken back."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from annotate.core.errors import Busy, Conflict
from annotate.models import Annotation, Assignment, AuditEntry, Image
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, make_project
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def slots(image):
    return Image.objects.get(pk=image.pk).open_slots


def expire(user):
    Assignment.objects.filter(user=user).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_claim_gives_an_empty_draft_and_takes_a_slot():
    project = make_project(votes_wanted=2)
    image = make_image(project)
    annotation = queue.claim_next_image(project, by=make_member(project))
    assert annotation.image == image
    assert (annotation.document, annotation.revision, annotation.state) == ({"base": None, "regions": []}, 0, "draft")
    assert timedelta(minutes=14) < annotation.lease_until - timezone.now() <= timedelta(minutes=15)
    assert slots(image) == 1


def test_unfinished_work_comes_back_before_anything_new():
    project = make_project()
    make_image(project), make_image(project)
    person = make_member(project)
    first = queue.claim_next_image(project, by=person)
    assert queue.claim_next_image(project, by=person) == first
    assert Assignment.objects.count() == 1


def test_queue_follows_rank_then_age_and_ends():
    project = make_project(votes_wanted=1)
    late, early = make_image(project), make_image(project)
    Image.objects.filter(pk=early.pk).update(queue_rank=-1.0)
    person = make_member(project)
    seen = []
    while annotation := queue.claim_next_image(project, by=person):
        seen.append(annotation.image)
        queue.finish_lease(annotation.image_id, by=person)
    assert seen == [early, late]


def test_an_image_is_given_to_as_many_people_as_wanted():
    project = make_project(votes_wanted=2)
    make_image(project)
    people = [make_member(project) for _ in range(3)]
    assert [bool(queue.claim_next_image(project, by=person)) for person in people] == [True, True, False]


def test_images_of_other_projects_are_not_given():
    project, other = make_project(), make_project()
    make_image(other)
    assert queue.claim_next_image(project, by=make_member(project)) is None


def test_skipped_image_goes_to_others_and_never_back():
    project = make_project(votes_wanted=1)
    image = make_image(project)
    first, second = make_member(project), make_member(project)
    queue.claim_next_image(project, by=first)
    queue.skip_image(image, by=first, reason="too dark")
    assert slots(image) == 1
    assert queue.claim_next_image(project, by=first) is None
    assert queue.claim_next_image(project, by=second).image == image
    assert AuditEntry.objects.filter(action="image.skipped").values_list("details", flat=True)[0] == {
        "reason": "too dark"
    }


def test_only_who_holds_an_image_can_skip_it():
    project = make_project()
    with pytest.raises(Conflict) as refusal:
        queue.skip_image(make_image(project), by=make_member(project), reason="no")
    assert refusal.value.code == "not_held"


def test_expired_lease_gives_the_slot_back_and_keeps_the_draft():
    project = make_project(votes_wanted=1)
    image = make_image(project)
    gone, other = make_member(project), make_member(project)
    draft = queue.claim_next_image(project, by=gone)
    assert queue.claim_next_image(project, by=other) is None
    expire(gone)
    assert queue.release_expired() == 1
    assert slots(image) == 1
    assert queue.claim_next_image(project, by=other).image == image
    assert Annotation.objects.filter(pk=draft.pk).exists()


def test_who_comes_back_after_expiry_goes_on_with_the_same_draft():
    project = make_project(votes_wanted=1)
    make_image(project)
    person = make_member(project)
    draft = queue.claim_next_image(project, by=person)
    expire(person)
    queue.release_expired()
    assert queue.claim_next_image(project, by=person) == draft


def test_running_and_finished_leases_are_left_alone_by_the_sweep():
    project = make_project()
    make_image(project), make_image(project)
    done, busy = make_member(project), make_member(project)
    queue.finish_lease(queue.claim_next_image(project, by=done).image_id, by=done)
    expire(done)
    queue.claim_next_image(project, by=busy)
    assert queue.release_expired() == 0
    assert Assignment.objects.count() == 2


def test_late_save_takes_the_slot_again_while_it_is_free():
    project = make_project(votes_wanted=1)
    image = make_image(project)
    person = make_member(project)
    queue.claim_next_image(project, by=person)
    expire(person)
    queue.release_expired()
    queue.extend_lease(image.pk, by=person)
    assert slots(image) == 0


def test_a_chosen_image_takes_a_slot_or_says_that_none_is_free():
    project = make_project(votes_wanted=1)
    image = make_image(project)
    first, second = make_member(project), make_member(project)
    assert queue.claim_image(image, by=first).image == image
    assert queue.claim_image(image, by=first).author == first
    with pytest.raises(Conflict) as refusal:
        queue.claim_image(image, by=second)
    assert refusal.value.code == "no_slot"


def test_own_finished_work_can_be_opened_again_without_a_slot():
    project = make_project(votes_wanted=1)
    image = make_image(project)
    person = make_member(project)
    annotation = queue.claim_next_image(project, by=person)
    queue.finish_lease(image.pk, by=person)
    assert queue.claim_image(image, by=person) == annotation
    assert Assignment.objects.get().finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_people_who_ask_at_once_never_share_a_last_slot():
    project = make_project(votes_wanted=1)
    images = [make_image(project) for _ in range(4)]
    people = [make_member(project) for _ in range(8)]
    given = at_once([lambda person=person: queue.claim_next_image(project, by=person) for person in people])
    assert sorted(each.image_id for each in given if each) == [image.pk for image in images]
    assert {slots(image) for image in images} == {0}


@pytest.mark.django_db(transaction=True)
def test_one_person_asking_in_many_tabs_at_once_is_given_one_photo():
    project = make_project(votes_wanted=1)
    images = [make_image(project) for _ in range(3)]
    person = make_member(project)
    given = at_once([lambda: queue.claim_next_image(project, by=person)] * 6)
    assert len({annotation.pk for annotation in given}) == 1
    assert (Assignment.objects.count(), sorted(slots(image) for image in images)) == (1, [0, 1, 1])


def test_the_photo_after_this_one_is_leased_too_and_no_more_than_one():
    project = make_project(votes_wanted=1)
    images = [make_image(project) for _ in range(3)]
    person = make_member(project)
    first = queue.claim_next_image(project, by=person)
    ahead = queue.claim_next_image(project, by=person, after=first.image_id)
    assert [first.image, ahead.image] == images[:2]
    assert queue.claim_next_image(project, by=person, after=first.image_id) == ahead
    assert queue.claim_next_image(project, by=person, after=ahead.image_id) == first
    assert queue.claim_next_image(project, by=person, after=images[2].pk) == first
    assert Assignment.objects.count() == 2
    assert queue.claim_next_image(project, by=make_member(project)).image == images[2]


def test_the_photo_ahead_comes_when_this_one_is_done():
    project = make_project(votes_wanted=1)
    make_image(project), make_image(project)
    person = make_member(project)
    first = queue.claim_next_image(project, by=person)
    ahead = queue.claim_next_image(project, by=person, after=first.image_id)
    queue.finish_lease(first.image_id, by=person)
    assert queue.claim_next_image(project, by=person) == ahead


def test_people_who_look_ahead_at_once_never_get_the_same_photo():
    project = make_project(votes_wanted=1)
    for _ in range(8):
        make_image(project)
    people = [make_member(project) for _ in range(4)]
    first = {person: queue.claim_next_image(project, by=person).image_id for person in people}
    assert len(set(first.values())) == 4
    ahead = {person: queue.claim_next_image(project, by=person, after=first[person]).image_id for person in people}
    assert len({*first.values(), *ahead.values()}) == 8


def test_a_photo_that_was_only_looked_ahead_to_goes_back():
    project = make_project(votes_wanted=1)
    make_image(project), make_image(project)
    person, other = make_member(project), make_member(project)
    first = queue.claim_next_image(project, by=person)
    ahead = queue.claim_next_image(project, by=person, after=first.image_id)
    queue.return_image(ahead.image, by=person)
    queue.return_image(ahead.image, by=person)  # twice is once
    assert slots(ahead.image) == 1
    assert queue.claim_next_image(project, by=other).image == ahead.image


def test_a_photo_with_work_in_it_does_not_go_back():
    project = make_project(votes_wanted=1)
    make_image(project)
    person = make_member(project)
    begun = queue.claim_next_image(project, by=person)
    Annotation.objects.update(revision=1)
    queue.return_image(begun.image, by=person)
    assert queue.claim_next_image(project, by=person) == begun


@pytest.mark.django_db(transaction=True)
def test_a_queue_whose_last_photo_is_held_for_a_while_is_not_called_empty():
    image = make_image(make_project())
    person, is_held, is_over = make_member(image.project), threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            queue.lock_image(image.pk)
            is_held.set()
            is_over.wait(30)

    def claim():
        is_held.wait(30)
        try:
            return queue.claim_next_image(image.project, by=person)
        finally:
            is_over.set()

    assert isinstance(at_once([hold, claim])[1], Busy)
    assert queue.claim_next_image(image.project, by=person).image == image
