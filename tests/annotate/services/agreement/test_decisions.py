"""A curator settles disputes one after the other, or many that differ by a border, and takes each back as it was."""

import uuid

import pytest
from django.http import Http404

from annotate.core.errors import Conflict, InvalidVote
from annotate.models import Annotation, AuditEntry, Consensus
from annotate.services.agreement.consensus import adjudicate
from annotate.services.agreement.decisions import accept_borders, decide, undo_decision, undo_many
from annotate.services.agreement.disputes import find_border_cases
from annotate.services.finding import facts
from annotate.services.photos.curation import act_on_images
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image, rectangle

pytestmark = pytest.mark.django_db
WORD = {"desirability": "good", "reason": "It was a slip."}
ALMOST_LEFT = {"base": 0, "regions": [rectangle("left", 2, 0, 0, 22, 32)]}


@pytest.fixture
def image():
    image = make_image(make_project())
    label_image(image, LEFT_HALF, "good")
    label_image(image, RIGHT_HALF, "bad")
    return image


@pytest.fixture
def curator(image):
    return make_member(image.project, "curator")


def drawn(image, number):
    return image.annotations.filter(layer="person").order_by("author")[number]


def standing(image):
    """What anybody can see of what holds."""
    held = Consensus.objects.get(image=image)
    shown = ("state", "desirability", "reason", "decided_by", "level_px", "vote_counts", "posterior_ppm")
    image.refresh_from_db()
    return [getattr(held, name) for name in shown] + [image.state, image.is_questioned, image.open_slots]


def settle(image, curator, **said):
    usual = {"act_id": uuid.uuid4(), "annotation": drawn(image, 0).pk, "takes": {}, **WORD}
    return decide(image, by=curator, **usual | said)


def test_a_persons_map_holds_with_the_places_taken_from_another(image, curator):
    takes = {0: drawn(image, 1).pk}
    settled = settle(image, curator, takes=takes)
    assert (settled.state, settled.decided_by, settled.reason) == ("agreed", "adjudicated", "It was a slip.")
    assert settled.level_px == [24 * 32, 0, 24 * 32, 0]
    assert settle(image, curator).level_px == [24 * 32, 0, 24 * 32, 0]


def test_the_same_act_twice_is_one(image, curator):
    act = uuid.uuid4()
    first = settle(image, curator, act_id=act)
    assert settle(image, curator, act_id=act, desirability="bad").revision == first.revision


def test_undo_makes_it_the_dispute_that_it_was(image, curator):
    before, act = standing(image), uuid.uuid4()
    settle(image, curator, act_id=act)
    assert standing(image) != before
    undo_decision(image, act, by=curator)
    assert standing(image) == before
    assert not image.annotations.filter(layer="adjudicator").exists()
    undo_decision(image, act, by=curator)
    assert standing(image) == before
    kept = AuditEntry.objects.get(subject=f"image:{image.pk}", action="photo.reopened").details
    assert (kept["act"], kept["document"], kept["reason"]) == (str(act), LEFT_HALF, "It was a slip.")


def test_undo_brings_back_what_was_settled_before_it_was_doubted(image, curator):
    adjudicate(image, by=curator, document=RIGHT_HALF, desirability="bad", reason="The face.")
    act_on_images(image.project, [image.pk], "review", by=curator, act_id=uuid.uuid4())
    before, act = standing(image), uuid.uuid4()
    settle(image, curator, act_id=act)
    undo_decision(image, act, by=curator)
    assert standing(image) == before
    assert Consensus.objects.get(image=image).adjudication.document == RIGHT_HALF


def test_what_another_curator_decided_since_is_not_undone(image, curator):
    act = uuid.uuid4()
    settle(image, curator, act_id=act)
    adjudicate(image, by=owner_of(image.project), document=RIGHT_HALF, desirability="bad", reason="The face.")
    with pytest.raises(Conflict, match="Nothing is undone"):
        undo_decision(image, act, by=curator)
    with pytest.raises(Conflict, match="no decision of yours"):
        undo_decision(image, act, by=owner_of(image.project))
    assert Consensus.objects.get(image=image).reason == "The face."


def test_a_decision_that_knows_nothing_of_anothers_or_contradicts_the_map_changes_nothing(image, curator):
    before = standing(image)
    with pytest.raises(InvalidVote):
        settle(image, curator, desirability="none")
    assert standing(image) == before
    seen = Consensus.objects.get(image=image).revision
    adjudicate(image, by=owner_of(image.project), document=RIGHT_HALF, desirability="bad", reason="The face.")
    with pytest.raises(Conflict, match="has settled this photo meanwhile"):
        settle(image, curator, seen=seen)


def test_nobody_decides_by_another_photos_map(image, curator):
    elsewhere = make_image(image.project)
    label_image(elsewhere, LEFT_HALF, "good")
    with pytest.raises(Http404):
        settle(image, curator, annotation=drawn(elsewhere, 0).pk)


# What only differs by a border ----------------------------------------------------------------------------------------


@pytest.fixture
def border_case(image, curator):
    """A photo that a curator doubted no longer, whose maps part by a strip of two pixels."""
    photo = make_image(image.project, file_name="border.jpg")
    label_image(photo, LEFT_HALF, "good")
    label_image(photo, ALMOST_LEFT, "good")
    Consensus.objects.filter(image=photo).update(state="disputed")
    type(photo).objects.filter(pk=photo.pk).update(state="disputed")
    facts.count_noted(within_s=60)
    return photo


def test_only_photos_of_one_word_whose_maps_part_along_borders_are_found(image, border_case):
    assert find_border_cases(image.project) == [border_case]


def test_all_of_them_are_accepted_at_once_and_taken_back_at_once(image, curator, border_case):
    before, act = standing(border_case), uuid.uuid4()
    accept = {"by": curator, "act_id": act, "reason": "Only a border differs."}
    assert accept_borders(image.project, [border_case.pk], **accept) == 1
    held = Consensus.objects.get(image=border_case)
    assert (held.state, held.desirability, held.reason) == ("agreed", "good", "Only a border differs.")
    assert find_border_cases(image.project) == []
    assert undo_many(image.project, act, by=curator) == 1
    border_case.refresh_from_db()
    assert (border_case.state, Consensus.objects.get(image=border_case).decided_by) == ("agreed", before[3])
    with pytest.raises(Http404):
        undo_many(image.project, uuid.uuid4(), by=curator)


def test_one_that_differs_by_more_stops_all(image, curator, border_case):
    with pytest.raises(Conflict, match="differs by more than a border"):
        accept_borders(image.project, [image.pk, border_case.pk], by=curator, act_id=uuid.uuid4(), reason="Border.")
    assert not Annotation.objects.filter(layer="adjudicator").exists()
