"""People are asked while the votes leave doubt, between a project's least and its most."""

import uuid

import pytest

from annotate.core.errors import SmartBlurError
from annotate.core.voting import is_audited
from annotate.models import Consensus, Image
from annotate.services.agreement import refits
from annotate.services.labelling.annotations import save_draft
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from annotate.services.teams.projects import change_project, create_project
from tests.factories import make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db


def plain_image(project, *, audited=False):
    """An image that the draw of audited ones passes over, or takes."""
    while True:
        image = make_image(project)
        if is_audited(project.salt, image.sha256) == audited:
            return image
        image.delete()


@pytest.fixture
def project():
    """Two to four people a photo."""
    return make_project(votes_wanted=2, votes_most=4)


def wanted(image):
    image = Image.objects.get(pk=image.pk)
    return image.state, image.people_wanted, image.open_slots


def vote_alone(image, *words):
    for word in words:
        cast_vote(image, by=make_member(image.project), desirability=word, elapsed_ms=5, alone=True)


def test_doubt_asks_one_more_person_until_the_votes_are_sure(project):
    image = plain_image(project)
    assert wanted(image) == ("new", 2, 2)
    label_image(image, LEFT_HALF, "bad")
    assert wanted(image) == ("labelled", 2, 1)
    label_image(image, LEFT_HALF, "bad")  # as sure as two of an unknown crowd are: 94 %
    assert wanted(image) == ("labelled", 3, 1)
    label_image(image, LEFT_HALF, "bad")
    assert wanted(image) == ("agreed", 3, 0)


def test_what_stays_in_doubt_goes_to_a_curator_at_the_most(project):
    image = plain_image(project)
    label_image(image, LEFT_HALF, "good", "bad", "good")
    assert wanted(image) == ("labelled", 4, 1)
    label_image(image, LEFT_HALF, "bad")
    assert wanted(image) == ("disputed", 4, 0)


def test_a_photo_of_the_audit_goes_to_the_most_at_once(project):
    image = plain_image(project, audited=True)
    assert wanted(image) == ("new", 4, 4)
    label_image(image, LEFT_HALF, "bad", "bad", "bad")
    assert wanted(image) == ("labelled", 4, 1)
    label_image(image, LEFT_HALF, "bad")
    assert wanted(image) == ("agreed", 4, 0)


def test_votes_without_a_map_spare_the_third_person_and_never_the_second(project):
    image = plain_image(project)
    vote_alone(image, "bad", "bad")
    label_image(image, LEFT_HALF, "bad")
    assert wanted(image) == ("labelled", 2, 1)
    label_image(image, LEFT_HALF, "bad")
    assert wanted(image) == ("agreed", 2, 0)


def test_a_fixed_number_asks_nobody_more():
    image = make_image(make_project(votes_wanted=2))
    label_image(image, LEFT_HALF, "good", "bad")
    assert wanted(image) == ("disputed", 2, 0)


def test_new_bounds_hold_for_the_votes_that_are_in(project):
    image, fresh = plain_image(project), plain_image(project)
    label_image(image, LEFT_HALF, "good", "bad")
    assert wanted(image) == ("labelled", 3, 1)
    change_project(project, by=owner_of(project), votes_most=2)
    assert (wanted(image), wanted(fresh)) == (("labelled", 2, 0), ("new", 2, 2))
    assert list(refits.projects_to_refit()) == [project]
    refits.refit_consensus(project)
    assert (wanted(image)[0], Consensus.objects.get().state) == ("disputed", "disputed")


def test_a_fit_brings_what_a_photo_wants_into_line(project):
    image = plain_image(project)
    label_image(image, LEFT_HALF, "bad", "bad", "bad")
    Consensus.objects.update(posterior_ppm=[0, 0, 0, 1_000_000])
    Image.objects.update(people_wanted=2)  # as if two had been sure
    refits.refit_consensus(project)
    assert wanted(image) == ("agreed", 3, 0)


def test_the_photos_taken_back_want_the_least_again(project):
    image = plain_image(project)
    people = label_image(image, LEFT_HALF, "good", "bad")
    for person in people:
        draft = queue.claim_image(image, by=person)
        save_again(draft)
    assert wanted(image)[1] == 2


def save_again(draft):
    said = {"base_revision": draft.revision, "document": LEFT_HALF, "active_ms": 1}
    save_draft(draft.pk, by=draft.author, save_id=uuid.uuid4(), **said)


def test_the_phone_page_offers_no_photo_that_has_its_votes(project):
    person = make_member(project)
    disputed, full, open_ = (plain_image(project) for _ in range(3))
    label_image(disputed, LEFT_HALF, "good", "bad", "good", "bad")
    vote_alone(full, "bad", "bad", "ok", "bad")
    vote_alone(open_, "bad", "bad", "ok")
    assert list(project.images.wanting_vote_of(person)) == [open_]


@pytest.mark.parametrize(
    ("before", "changed", "after"),
    [
        ((2, 2), {"votes_wanted": 3}, (3, 3)),  # a fixed number stays one
        ((3, 3), {"votes_wanted": 1}, (1, 1)),
        ((2, 7), {"votes_wanted": 3}, (3, 7)),
        ((2, 7), {"votes_wanted": 9}, (9, 9)),
        ((2, 2), {"votes_most": 7}, (2, 7)),
        ((2, 7), {"votes_wanted": 4, "votes_most": 4}, (4, 4)),
        ((2, 7), {"name": "Other"}, (2, 7)),
    ],
)
def test_who_only_knows_of_the_least_never_leaves_bounds_that_contradict(before, changed, after):
    project = make_project(votes_wanted=before[0], votes_most=before[1])
    project = change_project(project, by=owner_of(project), **changed)
    assert (project.votes_wanted, project.votes_most) == after


def test_fewer_at_most_than_at_least_is_refused():
    with pytest.raises(SmartBlurError) as refusal:
        create_project("Cats", by=make_user(), votes_wanted=3, votes_most=2)
    assert (refusal.value.code, refusal.value.where) == ("votes_most", "votes_most")
