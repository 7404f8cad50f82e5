"""Votes without a map: they count beside others' maps, are no reason to want fewer people, and can be taken back."""

import pytest

from annotate.core.errors import Conflict, InvalidVote
from annotate.models import AuditEntry, Consensus, Image, Vote, VotingFit
from annotate.services.agreement import refits
from annotate.services.labelling.votes import cast_vote, withdraw_vote
from annotate.services.queueing import queue
from annotate.services.releasing.snapshots import with_labels
from tests.factories import make_image, make_member, make_project
from tests.labels import LEFT_HALF, SHARP, claim, label, label_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image():
    """An image that two people are to label."""
    return make_image(make_project(votes_wanted=2))


def vote_alone(image, word, by=None):
    by = by or make_member(image.project)
    cast_vote(image, by=by, desirability=word, elapsed_ms=5, alone=True)
    return by


def test_without_any_map_votes_come_to_nothing_yet(image):
    vote_alone(image, "bad")
    assert (Consensus.objects.count(), Image.objects.get().state) == (0, "new")


def test_it_counts_beside_the_maps_of_others_and_wants_no_fewer_people(image):
    vote_alone(image, "bad")
    vote_alone(image, "bad")
    label_image(image, LEFT_HALF, "bad")
    consensus = Consensus.objects.get()
    assert (consensus.vote_counts, consensus.level_annotators) == ([0, 0, 0, 3], 1)
    assert (consensus.state, Image.objects.get().open_slots) == ("open", 1)
    label_image(image, LEFT_HALF, "bad")
    assert (Consensus.objects.get().vote_counts, Image.objects.get().state) == ([0, 0, 0, 4], "agreed")


def test_a_vote_that_contradicts_the_map_is_a_dispute(image):
    for _ in range(4):
        vote_alone(image, "none")
    label_image(image, LEFT_HALF, "bad", "bad")
    assert (Consensus.objects.get().desirability, Image.objects.get().state) == ("none", "disputed")


def test_later_labelling_keeps_the_vote_and_is_held_against_it(image):
    person = vote_alone(image, "none")
    draft = claim(image.project, person)
    assert draft.vote == "none"
    queue.return_image(image, by=person)
    with pytest.raises(InvalidVote):
        label_as_voted(queue.claim_image(image, by=person), LEFT_HALF)
    label_as_voted(queue.claim_image(image, by=person), SHARP)
    assert (Vote.objects.get().desirability, Consensus.objects.get().vote_counts) == ("none", [1, 0, 0, 0])


def label_as_voted(draft, document):
    """Draw and submit without another vote."""
    import uuid

    from annotate.services.labelling.annotations import save_draft, submit_annotation

    draft.refresh_from_db(fields=["revision"])
    said = {"base_revision": draft.revision, "document": document, "active_ms": 1}
    save_draft(draft.pk, by=draft.author, save_id=uuid.uuid4(), **said)
    submit_annotation(draft.pk, by=draft.author)


def test_once_the_map_is_submitted_the_vote_counts_with_it_only(image):
    person = vote_alone(image, "bad")
    label(queue.claim_image(image, by=person), LEFT_HALF, "bad")
    assert Vote.objects.get().stands_alone is False


def test_a_vote_is_changed_and_taken_back(image):
    person = vote_alone(image, "bad")
    label_image(image, LEFT_HALF, "ok")
    vote_alone(image, "good", by=person)
    assert Consensus.objects.get().vote_counts == [0, 1, 1, 0]
    withdraw_vote(image, by=person)
    withdraw_vote(image, by=person)
    assert Consensus.objects.get().vote_counts == [0, 0, 1, 0]
    assert AuditEntry.objects.filter(action="vote.withdrawn").count() == 1


def test_the_vote_of_a_submitted_map_is_not_taken_back(image):
    (person,) = label_image(image, LEFT_HALF, "ok")
    with pytest.raises(Conflict) as refusal:
        withdraw_vote(image, by=person)
    assert (refusal.value.code, Vote.objects.count()) == ("vote_in_use", 1)


def test_fits_and_releases_count_the_same_votes(image):
    vote_alone(image, "bad")
    label_image(image, LEFT_HALF, "bad", "bad")
    refits.refit_consensus(image.project)
    assert VotingFit.objects.get().vote_count == 3
    (frozen,) = with_labels(Image.objects.all())
    assert (frozen.consensus.vote_counts, len(frozen.votes.all())) == ([0, 0, 0, 3], 3)


def test_photos_that_want_a_vote_are_unsettled_and_neither_voted_on_nor_given(image):
    project, person = image.project, make_member(image.project)
    voted, given, settled, withdrawn = (make_image(project) for _ in range(4))
    vote_alone(voted, "ok", by=person)
    queue.claim_image(given, by=person)
    label_image(settled, LEFT_HALF, "ok", "ok")
    Image.objects.filter(pk=withdrawn.pk).update(is_withdrawn=True)
    assert list(project.images.wanting_vote_of(person)) == [image]
