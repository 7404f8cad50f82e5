"""The disputes that wait for a curator: their order, whose they are, and why each is one."""

import pytest

from annotate.models import Consensus, Preannotation
from annotate.services.agreement.disputes import disputing_people, open_dispute, order_disputes, surprise, why_disputed
from annotate.services.photos.curation import act_on_images
from tests.factories import make_image, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, SHARP, label_image

pytestmark = pytest.mark.django_db
UUID = "0190f3a0-0000-7000-8000-000000000001"


def disputed(project, *work, agreement_ppm=None, model=None):
    """A photo on which each of these (document, vote) was submitted, and what the model said of it."""
    image = make_image(project)
    people = [label_image(image, document, vote)[0] for document, vote in work]
    Consensus.objects.filter(image=image).update(agreement_ppm=agreement_ppm)
    if model:
        Preannotation.objects.create(
            image=image, model_version=1, document=SHARP, probabilities_ppm=model, uncertainty_ppm=0
        )
    image.refresh_from_db()
    assert image.state == "disputed"
    return image, people


PARTED = ((LEFT_HALF, "good"), (RIGHT_HALF, "bad"))


def test_they_come_by_disagreement_by_the_models_surprise_or_by_age():
    project = make_project()
    first, _ = disputed(project, *PARTED, agreement_ppm=300_000, model=[0, 500_000, 0, 500_000])
    second, _ = disputed(project, *PARTED, agreement_ppm=100_000, model=[0, 900_000, 50_000, 50_000])
    third, _ = disputed(project, *PARTED, agreement_ppm=200_000)
    Consensus.objects.update(desirability="bad")
    assert order_disputes(project) == [second.pk, third.pk, first.pk]
    assert order_disputes(project, "surprise") == [second.pk, first.pk, third.pk]
    assert order_disputes(project, "oldest") == [first.pk, second.pk, third.pk]


def test_a_curator_may_go_through_one_persons():
    project = make_project()
    first, (ada, _) = disputed(project, *PARTED)
    second, (_, bea) = disputed(project, *PARTED)
    assert order_disputes(project, "oldest", ada.pk) == [first.pk]
    assert order_disputes(project, "oldest", bea.pk) == [second.pk]
    assert order_disputes(project, "oldest", make_user().pk) == []
    assert {person.pk: person.dispute_count for person in disputing_people(project)}[ada.pk] == 1


def test_withdrawn_photos_wait_for_nobody():
    project = make_project()
    image, _ = disputed(project, *PARTED)
    act_on_images(project, [image.pk], "withdraw", by=owner_of(project), act_id=UUID)
    assert order_disputes(project) == []


def test_a_model_is_surprised_by_what_it_held_unlikely():
    assert round(surprise("bad", [0, 0, 0, 1_000_000]), 3) == 0
    assert round(surprise("bad", [0, 500_000, 0, 500_000]), 3) == 0.693
    assert surprise("bad", None) == surprise("", [0, 0, 0, 1_000_000]) == 0


def test_why_is_one_sentence():
    project = make_project()
    image, _ = disputed(project, *PARTED)
    assert why_disputed(image) == "The votes differ: 1 × Good, 1 × Bad."
    act_on_images(project, [image.pk], "review", by=owner_of(project), act_id=UUID)
    image.refresh_from_db()
    assert why_disputed(image) == "A curator doubts it."


def test_it_opens_with_everybodys_map_vote_and_places():
    project = make_project()
    image, people = disputed(project, *PARTED)
    dispute = open_dispute(image)
    by_author = sorted(zip(people, ("good", "bad"), strict=True), key=lambda pair: pair[0].pk)
    assert [(each.author, each.vote, each.is_blurred) for each in dispute.people] == [
        (person, vote, True) for person, vote in by_author
    ]
    assert [difference.area_px for difference in dispute.differences] == [48 * 32]
