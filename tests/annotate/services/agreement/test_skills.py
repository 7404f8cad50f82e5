"""Skill cards and agreement of a project, from real votes and maps."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.core.blurmap import decode_levels
from annotate.models import Annotation, Consensus, MapComparison, SkillCard, VotingFit
from annotate.services.agreement import refits, skills
from annotate.services.agreement.consensus import adjudicate
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from annotate.services.teams.people import remove_member
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import LEFT_HALF, SHARP, label, label_image, rectangle

pytestmark = pytest.mark.django_db

SLIGHTLY = {"base": 0, "regions": [rectangle("left", 1, 0, 0, 24, 32)]}
STRONGLY = {"base": 0, "regions": [rectangle("left", 3, 0, 0, 24, 32)]}
GOOD, OK, BAD = 1, 2, 3


@pytest.fixture
def project():
    return make_project(votes_wanted=3)


def card_of(user):
    return SkillCard.objects.get(user=user)


def test_a_card_counts_photos_votes_and_time(project):
    (rosa,) = label_image(make_image(project), LEFT_HALF, "good")
    label(queue.claim_image(make_image(project), by=rosa), LEFT_HALF, "ok")
    cast_vote(make_image(project), by=rosa, desirability="bad", elapsed_ms=5, alone=True)
    refits.refit_consensus(project)
    card = card_of(rosa)
    assert (card.photo_count, card.vote_count, card.active_ms) == (2, 3, 2000)
    assert (card.kappa_ppm, card.bias_ppm, card.match_steps) == ([None] * 3, [None] * 3, [[0, 0]])


def test_votes_are_held_against_those_of_the_others(project):
    one, two, three = label_image(make_image(project), LEFT_HALF, "good", "good", "bad")
    refits.refit_consensus(project)
    assert card_of(three).confusion[GOOD] == [0, 0, 0, 1]
    assert card_of(three).match_steps == [[0, 0], [0, 1]]
    assert card_of(one).match_steps == card_of(two).match_steps == [[0, 0], [1, 1]]


def test_what_a_curator_decided_is_the_truth_and_says_nothing_of_that_curator(project):
    image = make_image(project)
    (rosa,) = label_image(image, LEFT_HALF, "good")
    curator = owner_of(project)
    label(queue.claim_image(image, by=curator), LEFT_HALF, "bad")
    adjudicate(image, by=curator, document=LEFT_HALF, desirability="bad", reason="slip")
    refits.refit_consensus(project)
    assert card_of(rosa).confusion[BAD] == [0, 1, 0, 0]
    assert card_of(curator).match_steps == [[0, 0]]


def test_a_map_is_compared_with_the_merged_one_where_there_is_blur(project):
    image = make_image(project)
    people = [make_member(project) for _ in range(3)]
    for person, document in zip(people, (SLIGHTLY, LEFT_HALF, STRONGLY), strict=True):
        label(queue.claim_image(image, by=person), document, "bad")
    adjudicate(image, by=owner_of(project), document=LEFT_HALF, desirability="bad", reason="")
    refits.refit_consensus(project)
    assert [card_of(person).bias_ppm[0] for person in people] == [-1_000_000, 0, 1_000_000]
    assert [card_of(person).overlap_ppm for person in people] == [500_000, 1_000_000, 666_667]


def test_a_map_that_nobody_else_drew_is_compared_with_nothing(project):
    label_image(make_image(project), LEFT_HALF, "good")
    refits.refit_consensus(project)
    assert not MapComparison.objects.exists()


def test_a_map_is_compared_anew_when_the_merged_one_has_changed(project):
    image = make_image(project)
    (rosa, _) = label_image(image, LEFT_HALF, "bad", "bad")
    refits.refit_consensus(project)
    assert card_of(rosa).bias_ppm[0] == 0
    adjudicate(image, by=owner_of(project), document=STRONGLY, desirability="bad", reason="")
    refits.refit_consensus(project)
    assert decode_levels(bytes(Consensus.objects.get().levels_png)).max() == 3
    assert (card_of(rosa).bias_ppm[0], card_of(rosa).compared_count) == (-1_000_000, 1)


def test_maps_without_blur_say_nothing_of_levels(project):
    (rosa, _) = label_image(make_image(project), SHARP, "none", "none")
    refits.refit_consensus(project)
    assert (card_of(rosa).bias_ppm, card_of(rosa).compared_count) == ([None] * 3, 0)


def test_the_share_kept_of_the_models_maps_is_a_mean_over_photos(project):
    rosa, _ = label_image(make_image(project), LEFT_HALF, "good", "good")
    Annotation.objects.filter(author=rosa).update(kept_ppm=250_000)
    refits.refit_consensus(project)
    assert (card_of(rosa).kept_ppm, card_of(rosa).kept_count) == (250_000, 1)


def test_who_has_left_keeps_the_card_and_whose_work_is_gone_has_none(project):
    rosa, karl = label_image(make_image(project), LEFT_HALF, "good", "good")
    refits.refit_consensus(project)
    remove_member(project.memberships.get(user=rosa), by=owner_of(project))
    Annotation.objects.filter(author=karl).update(state="draft")
    refits.refit_consensus(project)
    assert [card.user for card in SkillCard.objects.all()] == [rosa]


def test_the_projects_agreement_counts_photos_of_two_or_more_and_has_no_interval_of_few(project):
    for words in (("good", "good", "ok"), ("bad", "bad"), ("ok", "ok"), ("good",)):
        label_image(make_image(project), LEFT_HALF, *words)
    label_image(make_image(project), SHARP, "none", "none")
    refits.refit_consensus(project)
    agreement = VotingFit.objects.get().agreement
    assert {name: measure["photos"] for name, measure in agreement.items()} == {
        "alpha_blur": 4,
        "alpha_rank": 3,
        "gwet_rank": 3,
        "kappa": 4,
    }
    assert agreement["alpha_blur"]["value"] == 1_000_000
    assert (agreement["alpha_rank"]["low"], agreement["alpha_rank"]["high"]) == (None, None)  # of 3 photos


def test_maps_that_a_round_had_no_time_for_are_compared_in_the_next(project, monkeypatch):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    monkeypatch.setattr(skills, "COMPARES_FOR_S", -1.0)
    refits.refit_consensus(project)
    assert (MapComparison.objects.count(), list(refits.projects_to_refit())) == (0, [project])
    monkeypatch.undo()
    refits.refit_consensus(project)
    assert (MapComparison.objects.count(), list(refits.projects_to_refit())) == (2, [])


def test_a_curators_decision_is_news(project):
    image = make_image(project)
    label_image(image, LEFT_HALF, "good", "bad")
    refits.refit_consensus(project)
    adjudicate(image, by=owner_of(project), document=LEFT_HALF, desirability="bad", reason="")
    Consensus.objects.update(updated_at=timezone.now() + timedelta(seconds=1))  # a test has one moment
    assert list(refits.projects_to_refit()) == [project]
