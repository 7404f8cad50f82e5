"""Settling a photo from its page: by a map as it is, or by one that the curator edits first."""

import pytest

from annotate.core.blurmap import rasterize
from annotate.core.regions import parse_document
from annotate.models import Annotation, Consensus
from annotate.services.agreement.settling import find_map
from tests.factories import make_image, make_user, owner_of
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image
from tests.visits import browser, member_of, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(project):
    """A photo that two people see differently."""
    image = make_image(project)
    label_image(image, LEFT_HALF, "bad")
    label_image(image, RIGHT_HALF, "good")
    return image


@pytest.fixture
def path(project, image):
    return f"/projects/{project.pk}/photos/{image.pk}/"


def drawn_by(image, number):
    return image.annotations.filter(layer=Annotation.Layer.PERSON).order_by("pk")[number]


def test_a_curator_edits_a_map_with_a_place_taken_from_the_other(project, owner, image, path):
    chosen = {"annotation": drawn_by(image, 0).pk, "takes": f"0:{drawn_by(image, 1).pk}"}
    assert owner.post(f"{path}edit/?state=disputed", chosen)["Location"] == f"{path}edit/?state=disputed"
    begun = find_map(image, by=owner_of(project))
    drawn, taken = (parse_document(document, level_count=4) for document in (begun.document, RIGHT_HALF))
    assert (rasterize(drawn, image.size) == rasterize(taken, image.size)).all()
    props = owner.get(f"{path}edit/?state=disputed").context["props"]
    assert (props["image"], props["review_url"]) == (image.pk, f"{path}?state=disputed")


def test_the_page_leads_back_to_the_map_that_was_begun_and_throws_it_away(project, owner, image, path):
    assert "Edit this map first" in words(owner.get(path))
    owner.post(f"{path}edit/", {"annotation": "merged"})
    page = words(owner.get(path))
    assert ("Go on with it" in page, "Edit this map first" in page) == (True, False)
    thrown = owner.post(f"{path}edit/discard/")
    assert (thrown["Location"], told(thrown)) == (
        f"{path}#settle",
        ["Your map is thrown away. What the others drew is as it was."],
    )
    assert find_map(image, by=owner_of(project)) is None


def test_who_does_not_know_that_another_settled_it_is_told_and_then_may(project, owner, image, path):
    seen = f'name="seen" value="{image.consensus.revision}"'
    assert seen in owner.get(path).content.decode()
    word = {"annotation": drawn_by(image, 0).pk, "desirability": "bad", "reason": "soft"}
    decision = word | {"seen": image.consensus.revision}
    assert member_of(project, "curator").post(f"{path}settle/", decision).status_code == 302
    late = owner.post(f"{path}settle/", decision)
    assert "has settled this photo meanwhile" in words(late)
    known = late.context["image"].consensus.revision
    assert f'name="seen" value="{known}"' in late.content.decode()
    assert owner.post(f"{path}settle/", word | {"seen": known}).status_code == 302


def test_without_a_choice_the_page_says_what_is_missing(owner, path):
    refused = owner.post(f"{path}edit/", {})
    assert (refused["Location"], told(refused)) == (f"{path}#settle", ["Choose whose map it begins from."])


def test_the_merged_map_settles_a_photo_too(project, owner):
    image = make_image(project)
    label_image(image, LEFT_HALF, "bad", "good")
    decision = {"annotation": "merged", "desirability": "good", "reason": "The subject is the sharp half."}
    before = Consensus.objects.get(image=image).level_px
    path = f"/projects/{project.pk}/photos/{image.pk}/"
    assert owner.post(f"{path}settle/", decision)["Location"] == path
    settled = Consensus.objects.get(image=image)
    assert (settled.decided_by, settled.level_px) == ("adjudicated", before)


def test_a_merged_map_on_which_nothing_is_settled_settles_no_photo(owner, image, path):
    refused = owner.post(f"{path}settle/", {"annotation": "merged", "desirability": "bad", "reason": "Either."})
    assert "Nothing is labelled yet." in words(refused)
    assert Consensus.objects.get(image=image).state == "disputed"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"usual": ["slip"]}, "It was a slip."),
        ({"usual": ["ambiguous", "misread"]}, "The photo is ambiguous. The guideline was misread."),
        ({"usual": "slip", "reason": "The cup is sharp."}, "It was a slip. The cup is sharp."),
        ({"reason": "The cup is sharp."}, "The cup is sharp."),
    ],
)
def test_usual_reasons_are_ticked_and_ones_own_words_stand_beside_them(owner, image, path, said, kept):
    decision = {"annotation": drawn_by(image, 0).pk, "desirability": "bad"} | said
    assert owner.post(f"{path}settle/", decision)["Location"] == path
    assert Consensus.objects.get(image=image).reason == kept


@pytest.mark.parametrize(
    ("said", "told_of"),
    [
        ({}, {"reason": ["Tick a reason or write one."]}),
        ({"reason": "  "}, {"reason": ["Tick a reason or write one."]}),
        ({"usual": ["because"]}, {"usual": ["“because” cannot be chosen here. Choose another."]}),
    ],
)
def test_a_decision_without_a_reason_is_not_taken(owner, image, path, said, told_of):
    page = owner.post(f"{path}settle/", {"annotation": "merged", "desirability": "none"} | said)
    assert dict(page.context["form"].errors) == told_of
    assert Consensus.objects.get(image=image).reason == ""


def test_nobody_begins_from_another_photos_map(project, owner, path):
    elsewhere = make_image(project)
    label_image(elsewhere, LEFT_HALF, "good")
    assert owner.post(f"{path}edit/", {"annotation": drawn_by(elsewhere, 0).pk}).status_code == 404


@pytest.mark.parametrize("place", ["edit/", "edit/discard/", "settle/"])
def test_annotators_settle_nothing_and_strangers_find_nothing(project, path, place):
    assert member_of(project).post(f"{path}{place}").status_code == 403
    assert browser(make_user()).post(f"{path}{place}").status_code == 404


def test_what_was_refused_is_told_also_where_the_button_is_gone(project, owner):
    page = owner.post(f"/projects/{project.pk}/settle/borders/accept/", {}, follow=True)
    assert words(page).count("Tick at least one photo.") == 1
