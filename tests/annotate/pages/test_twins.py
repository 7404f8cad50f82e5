"""Photos that look alike are gone through group by group: kept, left out, skipped, taken back."""

import re

import pytest

from annotate.services.finding.facts import refresh
from tests.factories import make_image, photo_with_soft_background, resaved
from tests.visits import QUERY_BOUND, told, undo, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs(project):
    """Three pairs of photos that look alike, the second of each pair saved once more."""
    pairs = []
    for seed in range(3):
        data = photo_with_soft_background(240, 160, seed=seed)
        names = f"{seed}.jpg", f"{seed}-again.jpg"
        pairs.append(
            [
                make_image(project, photo, file_name=name)
                for photo, name in zip((data, resaved(data)), names, strict=True)
            ]
        )
    refresh([image.pk for pair in pairs for image in pair])
    return pairs


def test_a_group_is_decided_the_next_one_stands_there_and_undo_brings_it_back(
    project, owner, pairs, django_assert_max_num_queries
):
    (first, again), (second, _), _ = pairs
    place = f"/projects/{project.pk}/twins/"
    assert re.search(f'href="{place}"', owner.get(f"/projects/{project.pk}/").content.decode())
    with django_assert_max_num_queries(QUERY_BOUND):
        page = owner.get(place)
    assert "3 groups of photos that look alike wait." in words(page)
    assert [each.image for each in page.context["candidates"]] == [first, again]

    form = {"act": page.context["act"], "images": [first.pk, again.pk], "after": 0}
    refused = owner.post(f"{place}decide/", form)
    assert told(refused) == ["Tick at least one photo to keep."]
    decided = owner.post(f"{place}decide/", form | {"keep": [again.pk]})
    assert (decided["Location"], told(decided)[-1]) == (place, "1 photo is withdrawn, 1 stays.")
    assert list(project.images.filter(is_withdrawn=True)) == [first]
    skipped = owner.get(place, {"after": owner.get(place).context["skip"]})
    assert skipped.context["skip"] == pairs[2][0].pk

    assert told(undo(owner, decided))[-1] == "Taken back: these photos wait for your decision again."
    assert owner.get(place).context["skip"] == first.pk
    all_of_them = owner.post(f"{place}decide/", form | {"act": owner.get(place).context["act"], "all": 1, "after": 5})
    assert all_of_them["Location"] == f"{place}?after=5"
    assert told(all_of_them)[-1] == "All of them stay, as one leakage group: releases put them into one split."
    assert owner.get(place).context["skip"] == second.pk
    assert "You have skipped what still waits" in words(owner.get(place, {"after": 10**9}))


def test_photos_of_different_splits_are_said_to_be(project, owner, pairs):
    for image, split in zip(pairs[0], ("train", "test"), strict=True):
        image.split, image.group = split, split
        image.save(update_fields=["split", "group"])
    said = words(owner.get(f"/projects/{project.pk}/twins/"))
    assert "into different splits already (Test, Train)" in said
    assert "as one leakage group" not in said


def test_without_near_duplicates_nothing_waits_and_no_button_leads_there(project, owner):
    make_image(project)
    assert "No near-duplicates wait" in words(owner.get(f"/projects/{project.pk}/twins/"))
    assert '/twins/">' not in owner.get(f"/projects/{project.pk}/").content.decode()
