"""Work that is sent back: it comes first, counts no more until it is handed in again, and everybody's map stays."""

import uuid

import pytest

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import Annotation, Assignment, AuditEntry, Consensus, Image, Membership, Rework
from annotate.services.labelling import rework
from annotate.services.labelling.annotations import save_draft, submit_annotation
from annotate.services.photos import curation
from annotate.services.queueing import queue
from annotate.services.queueing.workload import Waiting, count_waiting
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, claim, expire_leases, label, label_image

pytestmark = pytest.mark.django_db
REASON = "The ear is blurred too."


@pytest.fixture
def image():
    return make_image(make_project(votes_wanted=2))


@pytest.fixture
def author(image):
    """Somebody who labelled the photo, beside another person."""
    author, _ = label_image(image, LEFT_HALF, "good", "good")
    return author


def work_of(image, person):
    return Annotation.objects.get(image=image, author=person, layer="person")


def send_back(image, author, **fields):
    return rework.return_work(work_of(image, author), by=owner_of(image.project), reason=REASON, **fields)


def state_of(asked):
    return Rework.objects.get(pk=asked.pk).state


def photo(image):
    row = Image.objects.get(pk=image.pk)
    return row.state, row.open_slots


def test_work_that_is_sent_back_counts_no_more_until_it_is_handed_in_again(image, author):
    assert (photo(image), Consensus.objects.get(image=image).vote_counts) == (("agreed", 0), [0, 2, 0, 0])
    asked = send_back(image, author, place=(160, 320))
    merged = Consensus.objects.get(image=image)
    assert (photo(image), merged.state, merged.vote_counts) == (("labelled", 0), "open", [0, 1, 0, 0])
    assert (asked.x, asked.y, asked.document, state_of(asked)) == (160, 320, LEFT_HALF, "open")
    label(claim(image.project, author), LEFT_HALF, "good")
    assert (photo(image), Consensus.objects.get(image=image).vote_counts) == (("agreed", 0), [0, 2, 0, 0])
    assert state_of(asked) == "redone"


def test_it_comes_before_a_photo_that_is_begun_and_before_all_that_waits(image, author):
    others = [make_image(image.project), make_image(image.project)]
    assert claim(image.project, author).image == others[0]
    send_back(image, author)
    again = claim(image.project, author)
    assert (again.image, again.document, again.sent_back["reason"]) == (image, LEFT_HALF, REASON)
    ahead = queue.claim_next_image(image.project, by=author, after=image.pk)
    assert (ahead.image, ahead.sent_back) == (others[0], None)
    label(again, LEFT_HALF, "good")
    assert claim(image.project, author).image == others[0]


def test_it_waits_for_the_person_however_long_and_is_counted(image, author):
    send_back(image, author)
    expire_leases()
    queue.release_expired()
    assert photo(image) == ("labelled", 0)
    assert count_waiting([image.project_id], author)[image.project_id] == Waiting(to_label=1, to_vote=0)
    assert claim(image.project, author).image == image
    assert count_waiting([image.project_id], author)[image.project_id] == Waiting(to_label=1, to_vote=0)


def test_another_person_begins_with_a_copy_and_the_authors_own_stays_a_draft(image, author):
    other = make_member(image.project)
    asked = send_back(image, author, to=other)
    copy = claim(image.project, other)
    assert (copy.image, copy.document, copy.copied_from_id) == (image, LEFT_HALF, work_of(image, author).pk)
    assert (copy.vote, copy.revision, copy.sent_back["id"]) == (None, 1, asked.pk)
    label(copy, RIGHT_HALF, "good")
    own = work_of(image, author)
    assert (own.document, own.state, state_of(asked)) == (LEFT_HALF, "draft", "redone")
    assert photo(image) == ("disputed", 0)
    assert queue.claim_next_image(image.project, by=author) is None


def test_the_author_may_hand_in_their_own_after_it_went_to_another(image, author):
    send_back(image, author, to=make_member(image.project))
    submit_annotation(work_of(image, author).pk, by=author)
    assert Assignment.objects.get(image=image, user=author).is_passed_on is False
    assert Consensus.objects.get(image=image).vote_counts == [0, 2, 0, 0]


def test_skipping_declines_and_gives_the_place_to_somebody_else(image, author):
    asked = send_back(image, author)
    queue.skip_image(claim(image.project, author).image, by=author, reason="I see no ear")
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.closed_by) == ("declined", "I see no ear", author)
    assert photo(image) == ("labelled", 1)
    assert claim(image.project, make_member(image.project)).image == image


def test_a_curator_accepts_what_is_redone_once(image, author):
    asked, owner = send_back(image, author), owner_of(image.project)
    with pytest.raises(Conflict) as refusal:
        rework.accept(asked, by=owner)
    assert refusal.value.code == "not_redone"
    label(claim(image.project, author), LEFT_HALF, "good")
    assert [rework.accept(asked, by=owner).state for _ in range(2)] == ["accepted", "accepted"]
    assert AuditEntry.objects.filter(action="rework.accepted").count() == 1


def test_sent_back_once_more_the_first_is_declined(image, author):
    first = send_back(image, author)
    label(claim(image.project, author), LEFT_HALF, "good")
    second = send_back(image, author)
    assert (state_of(first), state_of(second)) == ("declined", "open")


@pytest.mark.parametrize("is_other", [False, True])
def test_taken_back_before_it_is_begun_all_is_as_it_was(image, author, is_other):
    other = make_member(image.project) if is_other else author
    asked = send_back(image, author, to=other)
    claim(image.project, other)
    for _ in range(2):
        assert rework.withdraw(asked, by=owner_of(image.project)).state == "withdrawn"
    assert (photo(image), work_of(image, author).state) == (("agreed", 0), "submitted")
    assert Consensus.objects.get(image=image).vote_counts == [0, 2, 0, 0]
    assert queue.claim_next_image(image.project, by=other) is None
    assert set(Assignment.objects.values_list("user", flat=True)) == set(
        Annotation.objects.filter(state="submitted").values_list("author", flat=True)
    )


def test_it_cannot_be_taken_back_once_it_is_begun(image, author):
    asked = send_back(image, author)
    draft = claim(image.project, author)
    save = {"save_id": uuid.uuid4(), "base_revision": draft.revision, "document": RIGHT_HALF, "active_ms": 1}
    save_draft(draft.pk, by=author, **save)
    with pytest.raises(Conflict) as refusal:
        rework.withdraw(asked, by=owner_of(image.project))
    assert (refusal.value.code, work_of(image, author).document) == ("rework_begun", RIGHT_HALF)


def test_a_withdrawn_photo_is_not_given_again(image, author):
    send_back(image, author)
    curation.act_on_images(image.project, [image.pk], "withdraw", by=owner_of(image.project), act_id=uuid.uuid4())
    assert queue.claim_next_image(image.project, by=author) is None


def test_what_cannot_be_sent_back_is_refused_and_nothing_changes(image, author):
    outsider = make_member(make_project())
    for fields, code in ({"place": (48 * 16 + 1, 0)}, "place_outside"), ({"to": outsider}, "not_a_member"):
        with pytest.raises(SmartBlurError) as refusal:
            send_back(image, author, **fields)
        assert refusal.value.code == code
    (second,) = label_image(make_image(image.project), LEFT_HALF, "good")
    other = Membership.objects.exclude(user__in=[author, second, owner_of(image.project)]).get(project=image.project)
    with pytest.raises(Conflict) as refusal:
        send_back(image, author, to=other.user)
    assert refusal.value.code == "has_own_work"
    send_back(image, author)
    with pytest.raises(Conflict) as refusal:
        send_back(image, author)
    assert refusal.value.code == "not_submitted"
    assert Rework.objects.count() == 1
