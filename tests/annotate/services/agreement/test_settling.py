"""A curator draws a map of their own to settle a photo; what everybody else drew stays."""

import uuid

import pytest
from django.http import Http404

from annotate.core.blurmap import rasterize
from annotate.core.errors import Conflict, InvalidVote
from annotate.core.regions import parse_document
from annotate.models import Annotation, Assignment, AuditEntry, Consensus
from annotate.services.agreement import decisions
from annotate.services.agreement.consensus import adjudicate
from annotate.services.agreement.settling import begin_map, discard_map, find_map, open_map, settle_map
from annotate.services.labelling.annotations import save_draft
from annotate.services.photos.curation import act_on_images
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, SHARP, label_image

pytestmark = pytest.mark.django_db
WORD = {"desirability": "good", "reason": "The left half is the background."}


@pytest.fixture
def image():
    """A photo that two people see alike and a third does not."""
    image = make_image(make_project(votes_wanted=4))
    label_image(image, LEFT_HALF, "good", "good")
    label_image(image, RIGHT_HALF, "bad")
    return image


@pytest.fixture
def curator(image):
    return make_member(image.project, "curator")


def save(begun, document):
    return save_draft(
        begun.pk, by=begun.author, save_id=uuid.uuid4(), base_revision=0, document=document, active_ms=700
    )


def test_a_map_of_ones_own_becomes_what_holds_and_what_people_drew_stays(image, curator):
    before = list(Annotation.objects.filter(layer="person").order_by("pk").values())
    begun = begin_map(image, by=curator, document=LEFT_HALF)
    assert save(begun, RIGHT_HALF) == 1
    settled = settle_map(image, by=curator, annotation=begun.pk, **WORD)
    work = settled.adjudication
    assert (settled.state, settled.desirability, settled.reason) == ("agreed", *WORD.values())
    assert (work.layer, work.author, work.document, work.active_ms) == ("adjudicator", curator, RIGHT_HALF, 700)
    assert list(Annotation.objects.filter(layer="person").order_by("pk").values()) == before
    assert find_map(image, by=curator) is None
    said = ["map.begun", "annotation.saved", "map.settled"]
    entries = AuditEntry.objects.filter(subject=f"annotation:{begun.pk}", actor=curator).order_by("pk")
    assert list(entries.values_list("action", flat=True)) == said


def test_what_was_settled_before_holds_while_another_map_is_drawn(image, curator):
    adjudicate(image, by=curator, document=LEFT_HALF, **WORD)
    begun = open_map(image, by=curator)
    assert begun.document == LEFT_HALF
    save(begun, SHARP)
    held = Consensus.objects.get(image=image)
    assert (held.adjudication.document, held.adjudication.state) == (LEFT_HALF, "submitted")


def test_it_takes_no_place_in_the_queue(image, curator):
    save(open_map(image, by=curator), LEFT_HALF)
    assert not Assignment.objects.filter(user=curator).exists()


def test_what_was_begun_is_found_again_and_never_begun_over(image, curator):
    begun = begin_map(image, by=curator, document=LEFT_HALF)
    save(begun, RIGHT_HALF)
    assert begin_map(image, by=curator, document=SHARP) == begun
    assert open_map(image, by=curator).document == RIGHT_HALF
    discard_map(image, by=curator)
    assert begin_map(image, by=curator, document=SHARP).document == SHARP


def test_without_a_choice_it_begins_from_the_merged_map(image, curator):
    merged = open_map(image, by=curator).document
    levels = rasterize(parse_document(merged, level_count=4), image.size)
    assert Consensus.objects.get(image=image).level_px == [int((levels == level).sum()) for level in range(4)]


def test_a_decision_taken_in_twice_is_one(image, curator):
    begun = begin_map(image, by=curator, document=LEFT_HALF)
    first = settle_map(image, by=curator, annotation=begun.pk, **WORD)
    assert settle_map(image, by=curator, annotation=begun.pk, **WORD).revision == first.revision


def test_a_decision_that_knows_nothing_of_anothers_is_refused_once(image, curator):
    begun = open_map(image, by=curator)
    seen = Consensus.objects.get(image=image).revision
    adjudicate(image, by=owner_of(image.project), document=LEFT_HALF, desirability="bad", reason="The face.")
    with pytest.raises(Conflict, match="has settled this photo meanwhile: “The face") as refusal:
        settle_map(image, by=curator, annotation=begun.pk, **WORD, seen=seen)
    assert (refusal.value.code, Consensus.objects.get(image=image).reason) == ("settled_meanwhile", "The face.")
    seen = Consensus.objects.get(image=image).revision
    assert settle_map(image, by=curator, annotation=begun.pk, **WORD, seen=seen).reason == WORD["reason"]


def test_votes_that_come_in_meanwhile_are_no_decision(image, curator):
    begun = open_map(image, by=curator)
    seen = Consensus.objects.get(image=image).revision
    label_image(image, LEFT_HALF, "good")
    assert settle_map(image, by=curator, annotation=begun.pk, **WORD, seen=seen).state == "agreed"


def test_a_withdrawn_photo_is_not_settled_and_the_map_is_kept(image, curator):
    begun = begin_map(image, by=curator, document=LEFT_HALF)
    act_on_images(image.project, [image.pk], "withdraw", by=curator, act_id=uuid.uuid4())
    for refused in (
        lambda: settle_map(image, by=curator, annotation=begun.pk, **WORD),
        lambda: open_map(image, by=curator),
    ):
        with pytest.raises(Conflict, match="This photo was withdrawn"):
            refused()
    assert find_map(image, by=curator) == begun


def test_a_word_that_contradicts_the_map_settles_nothing(image, curator):
    begun = begin_map(image, by=curator, document=SHARP)
    with pytest.raises(InvalidVote, match="painted none"):
        settle_map(image, by=curator, annotation=begun.pk, **WORD)
    assert (find_map(image, by=curator), Consensus.objects.get(image=image).decided_by) == (begun, "posterior")


def test_nobody_settles_by_anothers_map_nor_by_an_annotation(image, curator):
    begun = begin_map(image, by=curator, document=LEFT_HALF)
    with pytest.raises(Http404):
        settle_map(image, by=owner_of(image.project), annotation=begun.pk, **WORD)
    with pytest.raises(Http404):
        settle_map(image, by=curator, annotation=image.annotations.filter(layer="person")[0].pk, **WORD)


def test_a_photo_that_nobody_labelled_has_no_map_to_begin_from(curator, image):
    with pytest.raises(Conflict, match="Nobody has handed in a map"):
        open_map(make_image(image.project), by=curator)


def test_what_was_settled_on_the_bench_is_taken_back_and_the_map_begun_again(image, curator):
    begun = begin_map(image, by=curator, document=LEFT_HALF)
    act = uuid.uuid4()
    settle_map(image, by=curator, annotation=begun.pk, act_id=act, **WORD)
    undone = decisions.undo_decision(image, act, by=curator)
    assert (undone.decided_by, find_map(image, by=curator).document) == ("posterior", begun.document)
