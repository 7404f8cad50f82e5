"""Photos that are given to people: they come first in their queues, and how far they are is known."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from annotate.core.errors import SmartBlurError
from annotate.models import AuditEntry, Batch, Image
from annotate.services.labelling import rework
from annotate.services.queueing import batches, queue
from tests.factories import make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, claim, label, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(votes_wanted=2)


@pytest.fixture
def photos(project):
    return [make_image(project) for _ in range(4)]


def give(project, images, *people, **fields):
    fields = {"name": "Week 12", "is_for_everybody": not people} | fields
    ids, names = [image.pk for image in images], [person.username for person in people]
    return batches.give_batch(project, by=owner_of(project), images=ids, people=names, **fields)


def days(count):
    return timezone.localdate() + timedelta(days=count)


def progress(batch):
    (row,) = batches.with_progress([batch])
    return row.done_count, row.photo_count


def shares(batch):
    (row,) = batches.with_shares([batch])
    return [(share["name"], share["handed_in"]) for share in row.shares]


def test_the_queue_is_told_shares_of_what_is_given_by_name_only(project, photos, django_assert_num_queries):
    anna = make_member(project)
    give(project, photos[:2])
    with django_assert_num_queries(2):
        (whole,) = batches.open_batches(project, anna)
    assert (whole.done_count, whole.photo_count, hasattr(whole, "shares")) == (0, 2, False)
    give(project, photos[2:3], anna)
    with django_assert_num_queries(4):
        named = batches.open_batches(project, anna)[1]
    assert (named.photo_count, [share["name"] for share in named.shares]) == (1, [anna.username])


def labels_all(project, person):
    """The photos that the queue brings them, each labelled, in order."""
    seen = []
    while draft := queue.claim_next_image(project, by=person):
        seen.append(draft.image)
        label(draft, LEFT_HALF, "good")
    return seen


def test_a_persons_batch_comes_before_the_rest_and_nobody_elses_does(project, photos):
    anna, ben = make_member(project), make_member(project)
    give(project, photos[2:], anna)
    assert labels_all(project, anna) == [photos[2], photos[3], photos[0], photos[1]]
    assert claim(project, ben).image == photos[0]


def test_what_is_due_first_comes_first_and_what_has_no_day_last(project, photos):
    anna = make_member(project)
    give(project, [photos[1]], anna)
    give(project, [photos[2]], anna, due_on=days(9))
    give(project, [photos[3]], due_on=days(2))
    assert labels_all(project, anna) == [photos[3], photos[2], photos[1], photos[0]]


def test_what_was_sent_back_comes_before_a_batch(project, photos):
    anna = make_member(project)
    draft = claim(project, anna)
    give(project, photos[2:], anna)
    done = label(draft, LEFT_HALF, "good")
    rework.return_work(done, by=owner_of(project), reason="The ear.")
    assert claim(project, anna).image == photos[0]


def test_a_closed_batch_waits_among_the_others_until_it_is_opened_again(project, photos):
    anna, owner = make_member(project), owner_of(project)
    batch = give(project, photos[3:], anna)
    for _ in range(2):
        assert batches.close_batch(batch, by=owner).closed_at is not None
    assert claim(project, anna).image == photos[0]
    queue.return_image(photos[0], by=anna)
    assert batches.close_batch(batch, by=owner, is_closed=False).closed_at is None
    assert claim(project, anna).image == photos[3]
    assert sorted(AuditEntry.objects.filter(action__startswith="batch.").values_list("action", flat=True)) == [
        "batch.closed",
        "batch.given",
        "batch.reopened",
    ]


def test_a_photo_is_done_when_all_its_people_have_handed_it_in_or_skipped_it(project, photos):
    anna, ben = make_member(project), make_member(project)
    batch = give(project, photos[:2], anna, ben)
    assert progress(batch) == (0, 2)
    draft = claim(project, anna)
    label(draft, LEFT_HALF, "good")
    assert progress(batch) == (0, 2)
    claim(project, ben)
    assert progress(batch) == (0, 2)
    queue.skip_image(photos[0], by=ben, reason="dark")
    assert progress(batch) == (1, 2)
    assert shares(batch) == [(anna.username, 1), (ben.username, 0)]


def test_a_photo_that_wants_nobody_more_is_done_whoever_did_it(project, photos):
    batch = give(project, photos[:2], make_member(project))
    label_image(photos[0], LEFT_HALF, "good", "good")
    assert progress(batch) == (1, 2)


def test_a_photo_for_everybody_is_done_when_it_wants_nobody_more(project, photos):
    batch = give(project, photos[:1])
    (first,) = label_image(photos[0], LEFT_HALF, "good")
    assert (progress(batch), shares(batch)) == ((0, 1), [(first.username, 1)])
    second = make_member(project)
    draft = claim(project, second)
    assert progress(batch) == (0, 1)
    label(draft, LEFT_HALF, "good")
    assert progress(batch) == (1, 1)


def test_a_withdrawn_photo_is_not_counted(project, photos):
    batch = give(project, photos)
    Image.objects.filter(pk=photos[0].pk).update(is_withdrawn=True, open_slots=0)
    assert progress(batch) == (0, 3)


def test_a_batch_is_overdue_after_its_day_while_photos_wait(project, photos):
    batch = give(project, photos[:1], due_on=days(0))
    assert batches.with_progress([batch])[0].is_overdue is False
    batch.due_on = days(-1)
    assert batches.with_progress([batch])[0].is_overdue is True
    label_image(photos[0], LEFT_HALF, "good", "good")
    assert batches.with_progress([batch])[0].is_overdue is False


def test_people_and_day_change_and_the_photos_stay(project, photos):
    anna, ben = make_member(project), make_member(project)
    batch = give(project, photos[3:], anna)
    changed = batches.change_batch(batch, by=owner_of(project), people=[ben.username], due_on=days(3), name="Late")
    assert (changed.name, changed.due_on, list(changed.people.all())) == ("Late", days(3), [ben])
    assert [claim(project, person).image for person in (anna, ben)] == [photos[0], photos[3]]
    for_all = batches.change_batch(batch, by=owner_of(project), is_for_everybody=True)
    assert (for_all.is_for_everybody, list(for_all.people.all())) == (True, [])


def test_what_cannot_be_given_is_refused(project, photos):
    stranger = make_user()
    for images, people, fields, code in [
        ([], [], {}, "no_photos"),
        (photos, [stranger], {}, "not_a_member"),
        (photos, [], {"is_for_everybody": False}, "nobody"),
        (photos, [], {"due_on": days(-1)}, "due_in_past"),
    ]:
        with pytest.raises(SmartBlurError) as refusal:
            give(project, images, *people, **fields)
        assert refusal.value.code == code
    with pytest.raises(Http404):
        give(project, [make_image(make_project())])
    assert Batch.objects.count() == 0
