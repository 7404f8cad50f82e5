"""Drafts and submits: nothing is lost, nothing happens twice."""

import uuid

import pytest
from django.http import Http404

from annotate.core.errors import Conflict, InvalidDocument, InvalidVote, SmartBlurError
from annotate.models import Annotation, Assignment, AuditEntry, Consensus, Image, Preannotation, User
from annotate.services.labelling.annotations import NewerExists, keep_notes, save_draft, submit_annotation
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, make_project
from tests.labels import LEFT_HALF, RIGHT_HALF, SHARP, claim, expire_leases, label, rectangle
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    """An empty draft of a member of a project with one image of 48 x 32 pixels that one person is to label."""
    project = make_project(votes_wanted=1)
    make_image(project)
    return claim(project, make_member(project))


def save(draft, document=LEFT_HALF, *, base=0, save_id=None, by=None, active_ms=0):
    save_id = save_id or uuid.uuid4()
    return save_draft(
        draft.pk, by=by or draft.author, save_id=save_id, base_revision=base, document=document, active_ms=active_ms
    )


def test_a_save_makes_the_next_revision_and_an_audit_entry(draft):
    save_id = uuid.uuid4()
    assert save(draft, save_id=save_id, active_ms=1200) == 1
    draft.refresh_from_db()
    assert (draft.document, draft.revision, draft.active_ms) == (LEFT_HALF, 1, 1200)
    entry = AuditEntry.objects.get(action="annotation.saved")
    assert (entry.subject, entry.request_id, entry.details) == (f"annotation:{draft.pk}", save_id, {"revision": 1})


def test_second_tab_is_told_of_the_newer_revision(draft):
    save(draft, LEFT_HALF)
    with pytest.raises(NewerExists) as refusal:
        save(draft, SHARP, base=0)
    assert (refusal.value.newer.revision, refusal.value.newer.document) == (1, LEFT_HALF)
    assert Annotation.objects.get().document == LEFT_HALF


def test_the_same_save_again_is_the_same_revision_even_after_later_ones(draft):
    first = uuid.uuid4()
    assert save(draft, save_id=first) == 1
    assert save(draft, SHARP, base=1) == 2
    assert save(draft, save_id=first) == 1
    draft.refresh_from_db()
    assert (draft.revision, draft.document) == (2, SHARP)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("R7")
def test_a_save_repeated_five_times_at_once_is_one_revision(draft):
    save_id = uuid.uuid4()
    assert at_once([lambda: save(draft, save_id=save_id)] * 5) == [1] * 5
    assert AuditEntry.objects.filter(action="annotation.saved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_different_saves_at_once_one_wins_and_the_other_is_told(draft):
    results = at_once([lambda: save(draft, LEFT_HALF), lambda: save(draft, SHARP)])
    assert sorted(type(result).__name__ for result in results) == ["NewerExists", "int"]


def test_a_save_id_cannot_stand_for_two_saves(draft):
    save_id = uuid.uuid4()
    save(draft, save_id=save_id)
    with pytest.raises(Conflict) as refusal:
        save(draft, SHARP, base=1, save_id=save_id)
    assert refusal.value.code == "save_id_used"
    assert Annotation.objects.get().revision == 1


def test_a_malformed_document_is_refused_with_its_place_and_nothing_stays(draft):
    bad = {"base": 0, "regions": [rectangle("r", 9, 0, 0, 5, 5)]}
    with pytest.raises(InvalidDocument) as refusal:
        save(draft, bad)
    assert refusal.value.where == "regions[0].level"
    assert not AuditEntry.objects.filter(action="annotation.saved").exists()


def test_nobody_saves_into_another_persons_work(draft):
    curator = make_member(draft.image.project, "curator")
    with pytest.raises(Http404):
        save(draft, by=curator)


def test_who_was_removed_from_the_project_saves_no_more(draft):
    draft.author.memberships.all().delete()
    with pytest.raises(Http404):
        save(draft, by=User.objects.get(pk=draft.author_id))


def test_a_save_keeps_the_lease(draft):
    expire_leases()
    save(draft)
    assert queue.release_expired() == 0


def test_a_save_after_the_lease_ran_out_is_kept_beside_the_other_persons_work(draft):
    expire_leases()
    queue.release_expired()
    other = claim(draft.image.project, make_member(draft.image.project))
    assert save(draft) == 1
    assert save(other, SHARP) == 1
    assert Image.objects.get().open_slots == 0
    assert Assignment.objects.count() == 2


def test_submit_needs_a_vote(draft):
    save(draft)
    with pytest.raises(InvalidVote) as refusal:
        submit_annotation(draft.pk, by=draft.author)
    assert refusal.value.code == "vote_missing"


def test_submit_needs_some_label(draft):
    cast_vote(draft.image, by=draft.author, desirability="bad", elapsed_ms=1)
    with pytest.raises(InvalidDocument) as refusal:
        submit_annotation(draft.pk, by=draft.author)
    assert refusal.value.code == "nothing_labelled"


@pytest.mark.parametrize(
    ("document", "desirability"),
    [(LEFT_HALF, "none"), (SHARP, "good"), ({"base": 2, "regions": [rectangle("r", 0, 0, 0, 48, 32)]}, "bad")],
)
def test_a_vote_that_contradicts_the_visible_blur_is_refused(draft, document, desirability):
    save(draft, document)
    cast_vote(draft.image, by=draft.author, desirability=desirability, elapsed_ms=1)
    with pytest.raises(InvalidVote) as refusal:
        submit_annotation(draft.pk, by=draft.author)
    assert refusal.value.code == "invalid_vote"
    assert Annotation.objects.get().state == "draft"


def test_submit_finishes_the_lease_and_makes_the_consensus_and_twice_is_once(draft):
    label(draft, LEFT_HALF, "bad")
    submitted = submit_annotation(draft.pk, by=draft.author)
    assert submitted.state == "submitted"
    assert Assignment.objects.get().finished_at is not None
    assert Consensus.objects.get().revision == 1
    assert AuditEntry.objects.filter(action="annotation.submitted").count() == 1


def test_a_late_submit_counts_and_the_image_never_comes_back(draft):
    expire_leases()
    queue.release_expired()
    label(draft, LEFT_HALF, "bad")
    assert Consensus.objects.get().state == "agreed"
    assert queue.claim_next_image(draft.image.project, by=draft.author) is None


def test_saving_into_submitted_work_takes_it_back_until_it_is_submitted_again(draft):
    label(draft, LEFT_HALF, "bad")
    save(draft, {"base": 1, "regions": []}, base=1)
    assert Annotation.objects.get().state == "draft"
    assert not Consensus.objects.exists()
    assert Image.objects.get().state == "new"
    assert queue.claim_next_image(draft.image.project, by=draft.author) == draft
    submit_annotation(draft.pk, by=draft.author)
    assert Image.objects.get().state == "agreed"


def test_work_that_started_from_the_model_says_so_and_how_much_of_it_is_left(draft):
    model = {"base": 0, "regions": [rectangle("m1", 2, 0, 0, 24, 32)]}
    shown = Preannotation.objects.create(
        image=draft.image,
        model_name="net 3",
        model_version=3,
        weights_sha256="ab" * 32,
        document=model,
        probabilities_ppm=[0, 0, 0, 1_000_000],
        uncertainty_ppm=0,
    )
    label(draft, {"base": 0, "regions": [rectangle("m1", 2, 0, 0, 12, 32)]}, "bad")
    done = Annotation.objects.get()
    assert (done.based_on, done.based_on_model, done.kept_ppm) == (shown, "net 3", 750_000)


def test_work_that_was_begun_anew_after_a_submit_is_the_persons_own(draft):
    model = {"base": 0, "regions": [rectangle("m1", 2, 0, 0, 24, 32)]}
    opinion = {"model_name": "net 3", "model_version": 3, "weights_sha256": "ab" * 32, "uncertainty_ppm": 0}
    Preannotation.objects.create(image=draft.image, document=model, probabilities_ppm=[0, 0, 0, 1_000_000], **opinion)
    for document in (model, RIGHT_HALF):
        label(draft, document, "bad")
    done = Annotation.objects.get()
    assert (done.based_on, done.based_on_model, done.based_on_weights_sha256, done.kept_ppm) == (None, "", "", None)


def test_work_from_scratch_is_not_said_to_start_from_the_model(draft):
    Preannotation.objects.create(
        image=draft.image,
        model_name="net 3",
        model_version=3,
        weights_sha256="ab" * 32,
        document=LEFT_HALF,
        probabilities_ppm=[0, 0, 0, 1_000_000],
        uncertainty_ppm=0,
    )
    label(draft, {"base": 0, "regions": [rectangle("mine", 2, 0, 0, 24, 32)]}, "bad")
    done = Annotation.objects.get()
    assert (done.based_on, done.based_on_model, done.kept_ppm) == (None, "", None)


def test_a_map_of_one_level_that_is_left_as_it_is_was_kept(draft):
    shown = Preannotation.objects.create(
        image=draft.image,
        model_name="net 3",
        model_version=3,
        weights_sha256="ab" * 32,
        document=SHARP,
        probabilities_ppm=[1_000_000, 0, 0, 0],
        uncertainty_ppm=0,
    )
    label(draft, SHARP, "none")
    done = Annotation.objects.get()
    assert (done.based_on, done.based_on_model, done.kept_ppm) == (shown, "net 3", 1_000_000)


NOTE = {"id": "n1", "x": 160, "y": 80, "text": "Is this a reflection?"}


def test_notes_are_kept_with_the_work_and_change_neither_revision_nor_state(draft):
    label(draft, LEFT_HALF, "bad")
    keep_notes(draft.pk, by=draft.author, notes=[NOTE])
    kept = Annotation.objects.get()
    assert (kept.notes, kept.revision, kept.state) == ([NOTE], 1, "submitted")
    assert AuditEntry.objects.get(action="annotation.noted").details == {"notes": 1}


def test_a_note_beside_the_photo_is_refused_with_its_place(draft):
    with pytest.raises(SmartBlurError) as refusal:
        keep_notes(draft.pk, by=draft.author, notes=[NOTE, NOTE | {"x": 48 * 16 + 1}])
    assert (refusal.value.code, refusal.value.where) == ("note_outside", "notes[1]")
    assert Annotation.objects.get().notes == []


def test_nobody_else_writes_notes_there(draft):
    with pytest.raises(Http404):
        keep_notes(draft.pk, by=make_member(draft.image.project), notes=[NOTE])
