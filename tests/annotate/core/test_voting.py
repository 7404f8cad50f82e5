"""Votes are merged with each voter weighed by how they vote elsewhere."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core.voting import (
    BAD,
    GOOD,
    NONE,
    OK,
    expected_accuracy,
    fit_dawid_skene,
    is_audited,
    leniency,
    merge_votes,
    people_wanted,
    to_ppm,
    update_posterior,
    wants_more_votes,
)

Ints = npt.NDArray[np.int64]


def posterior(none: float = 0.0, good: float = 0.0, ok: float = 0.0, bad: float = 0.0) -> npt.NDArray[np.float64]:
    return np.array([none, good, ok, bad])


# Fitting --------------------------------------------------------------------------------------------------------------


def test_one_round_on_two_votes_is_as_worked_by_hand() -> None:
    # One image, voters 7 and 9, both say good. All soft counts fall on (good, good): 2 votes.
    # Crowd, true good: (naive .1 .7 .1 .1 + 0 2 0 0) / 3 = 1/30 27/30 1/30 1/30; other truths stay naive.
    # Voter, true good: (0 1 0 0 + 8 crowd) / 9: says good with (1 + 7.2) / 9 = 41/45. Other truths: says good with .1.
    # Shares: (0 1 0 0 + 1) / 5: good .4, others .2. Posterior of good: .4 (41/45)^2 over itself + 3 * .2 * .01.
    fit = fit_dawid_skene([1, 1], [7, 9], [GOOD, GOOD], max_iterations=1)
    assert fit.confusions[0, GOOD, GOOD] == pytest.approx(41 / 45)
    assert fit.shares.tolist() == pytest.approx([0.2, 0.4, 0.2, 0.2])
    weight = 0.4 * (41 / 45) ** 2
    assert fit.posterior[0, GOOD] == pytest.approx(weight / (weight + 0.006))


def test_rows_follow_the_ids() -> None:
    fit = fit_dawid_skene([900, 5, 900], [31, 31, 4], [BAD, NONE, BAD])
    assert fit.images.tolist() == [5, 900]
    assert fit.voters.tolist() == [4, 31]
    assert fit.posterior.argmax(axis=1).tolist() == [NONE, BAD]
    assert fit.posterior.shape == (2, 4)
    assert fit.confusions.shape == (2, 4, 4)


def test_equally_reliable_voters_give_the_majority() -> None:
    labels = [[OK, OK, BAD], [NONE, NONE, NONE], [GOOD, OK, GOOD], [BAD, BAD, OK]]
    image, voter = np.repeat(range(4), 3), np.tile(range(3), 4)
    fit = fit_dawid_skene(image, voter, np.ravel(labels))
    assert fit.posterior.argmax(axis=1).tolist() == [OK, NONE, GOOD, BAD]


def test_a_voter_who_always_says_the_same_weighs_nothing() -> None:
    dice = np.random.default_rng(3)
    truth = dice.integers(0, 4, 200)
    others = np.where(dice.random((200, 3)) < 0.8, truth[:, None], dice.integers(0, 4, (200, 3)))
    answers = np.column_stack([others, np.full(200, BAD)])
    fit = fit_dawid_skene(np.repeat(range(200), 4), np.tile(range(4), 200), answers.ravel())
    assert fit.confusions[3, :, BAD].min() > 0.85
    assert expected_accuracy(fit.confusions, fit.shares)[3] < 0.35
    assert expected_accuracy(fit.confusions, fit.shares)[:3].min() > 0.75


def test_gold_answers_are_not_doubted_and_teach_about_the_voters() -> None:
    image, voter = [1, 1, 1, 2, 2, 2], [1, 2, 3, 1, 2, 3]
    label = [BAD, BAD, GOOD, BAD, BAD, GOOD]
    fit = fit_dawid_skene(image, voter, label, gold={1: GOOD, 77: BAD})
    assert fit.posterior[0].tolist() == [0, 1, 0, 0]
    assert fit.confusions[2, GOOD, GOOD] > fit.confusions[0, GOOD, GOOD]


def test_no_votes_are_fine() -> None:
    fit = fit_dawid_skene([], [], [])
    assert fit.posterior.shape == (0, 4)
    assert fit.shares.tolist() == [0.25] * 4


def test_the_iteration_limit_holds_and_convergence_is_counted() -> None:
    image, voter, label, _ = simulate(np.random.default_rng(0), 200, 30, 3)
    assert fit_dawid_skene(image, voter, label, max_iterations=3).iteration_count == 3
    assert 3 < fit_dawid_skene(image, voter, label).iteration_count < 200


def simulate(dice: np.random.Generator, images: int, voters: int, votes_each: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Votes of a crowd of mixed skill with 10 % spammers: image, voter, label, and the truth of each image."""
    truth = dice.choice(4, images, p=[0.3, 0.25, 0.2, 0.25])
    codes = np.arange(4)
    near = np.exp(-abs(codes[:, None] - codes)) * (1 - np.eye(4))
    near /= near.sum(axis=1, keepdims=True)
    skill = dice.uniform(0.55, 0.9, (voters, 1, 1))
    confusions = skill * np.eye(4) + (1 - skill) * near
    is_spammer = dice.random(voters) < 0.1
    confusions[is_spammer] = dice.dirichlet(np.ones(4), (int(is_spammer.sum()), 4))
    image = np.repeat(np.arange(images), votes_each)
    voter = np.concatenate([dice.choice(voters, votes_each, replace=False) for _ in range(images)])
    thresholds = confusions[voter, truth[image]].cumsum(axis=1)
    label = np.minimum((dice.random((len(image), 1)) > thresholds).sum(axis=1), 3)
    return image, voter, label, truth


def test_with_twenty_votes_a_person_the_pooled_prior_beats_the_majority_and_the_plain_method_does_not() -> None:
    majority, plain, pooled = [], [], []
    for seed in range(4):
        image, voter, label, truth = simulate(np.random.default_rng(seed), 1000, 150, 3)
        counts = np.bincount(image * 4 + label, minlength=4000).reshape(-1, 4)
        majority.append((3 - counts[:, ::-1].argmax(axis=1) == truth).mean())
        plain.append((fit_dawid_skene(image, voter, label, prior_votes=0.01).posterior.argmax(axis=1) == truth).mean())
        pooled.append((fit_dawid_skene(image, voter, label).posterior.argmax(axis=1) == truth).mean())
    assert np.mean(plain) < np.mean(majority) < np.mean(pooled)


votes = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=40)


@given(votes)
def test_probabilities_sum_to_one_and_renaming_people_changes_nothing(cast: list[tuple[int, int, int]]) -> None:
    image, voter, label = np.array(cast).T
    fit = fit_dawid_skene(image, voter, label)
    assert fit.posterior.sum(axis=1) == pytest.approx(1)
    assert fit.confusions.sum(axis=2) == pytest.approx(1)
    renamed = fit_dawid_skene(image, 100 - voter, label)
    assert np.allclose(renamed.posterior, fit.posterior, atol=1e-9)


@given(votes)
def test_equal_votes_give_equal_bits(cast: list[tuple[int, int, int]]) -> None:
    image, voter, label = np.array(cast).T
    first, second = (fit_dawid_skene(image, voter, label).posterior.tobytes() for _ in range(2))
    assert first == second


# One vote at a time ---------------------------------------------------------------------------------------------------


def test_adding_the_votes_one_by_one_comes_to_the_fitted_posterior() -> None:
    image, voter, label, _ = simulate(np.random.default_rng(1), 60, 12, 4)
    fit = fit_dawid_skene(image, voter, label, tolerance=1e-12, max_iterations=2000)
    log_posterior = np.log(fit.shares)
    for who, said in zip(voter[image == 7], label[image == 7], strict=True):
        log_posterior = update_posterior(log_posterior, fit.confusions[np.searchsorted(fit.voters, who), :, said])
    assert np.exp(log_posterior) == pytest.approx(fit.posterior[7], abs=1e-6)


def test_a_vote_moves_the_odds_by_the_ratio_of_its_likelihoods() -> None:
    before = np.log(posterior(0.25, 0.25, 0.25, 0.25))
    after = np.exp(update_posterior(before, np.array([0.1, 0.6, 0.2, 0.1])))
    assert after.tolist() == pytest.approx([0.1, 0.6, 0.2, 0.1])


# When to stop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sure", "votes_so_far", "wanted"),
    [(0.99, 0, True), (0.99, 1, True), (0.96, 2, False), (0.94, 2, True), (0.94, 6, True), (0.5, 7, False)],
)
def test_voting_stops_when_sure_or_at_seven(sure: float, votes_so_far: int, wanted: bool) -> None:
    assert wants_more_votes(posterior(none=sure, bad=1 - sure), votes_so_far) is wanted


def test_an_audited_image_goes_to_the_maximum() -> None:
    assert wants_more_votes(posterior(none=1.0), 6, is_audited=True) is True
    assert wants_more_votes(posterior(none=1.0), 7, is_audited=True) is False


def test_a_project_may_want_a_single_vote() -> None:
    assert wants_more_votes(posterior(none=0.7, bad=0.3), 0, least=1, most=1) is True
    assert wants_more_votes(posterior(none=0.7, bad=0.3), 1, least=1, most=1) is False


def test_one_image_in_twenty_is_audited_always_the_same_ones() -> None:
    audited = [str(image) for image in range(10_000) if is_audited("salt", str(image))]
    assert 420 < len(audited) < 580
    assert all(is_audited("salt", image) for image in audited[:20])
    assert not all(is_audited("pepper", image) for image in audited[:20])


@pytest.mark.parametrize(
    ("sure", "maps", "votes", "is_audited", "people"),
    [
        (0.99, 0, 0, False, 2),  # nobody yet: the least
        (0.99, 1, 1, False, 2),
        (0.99, 2, 2, False, 2),  # sure
        (0.90, 2, 2, False, 3),  # one more at a time
        (0.90, 2, 5, False, 2),  # three voted without a map: the most are in
        (0.99, 1, 5, False, 2),  # and yet two are to draw one
        (0.90, 5, 5, False, 5),
        (0.99, 0, 0, True, 5),
        (0.99, 2, 3, True, 4),
    ],
)
def test_people_are_asked_from_the_least_to_the_most_while_votes_leave_doubt(
    sure: float, maps: int, votes: int, is_audited: bool, people: int
) -> None:
    doubt = posterior(none=sure, bad=1 - sure)
    assert people_wanted(doubt, maps, votes, least=2, most=5, is_audited=is_audited) == people


def test_asking_until_sure_saves_votes_at_the_same_accuracy() -> None:
    dice = np.random.default_rng(5)
    image, voter, label, truth = simulate(dice, 1500, 60, 7)
    fit = fit_dawid_skene(image, voter, label)
    rows = np.searchsorted(fit.voters, voter).reshape(-1, 7)
    used, right = [], []
    for i, (who, said) in enumerate(zip(rows, label.reshape(-1, 7), strict=True)):
        log_posterior, count = np.log(fit.shares), 0
        while wants_more_votes(np.exp(log_posterior), count):
            log_posterior = update_posterior(log_posterior, fit.confusions[who[count], :, said[count]])
            count += 1
        used.append(count)
        right.append(log_posterior.argmax() == truth[i])
    all_seven = (fit.posterior.argmax(axis=1) == truth).mean()
    assert np.mean(used) < 4.5
    assert np.mean(right) > all_seven - 0.02


# Deciding -------------------------------------------------------------------------------------------------------------


def test_the_likeliest_class_is_the_label() -> None:
    decision = merge_votes(posterior(0.1, 0.6, 0.2, 0.1))
    assert decision.desirability == "good"
    assert decision.posterior_ppm == (100_000, 600_000, 200_000, 100_000)
    assert (decision.is_tied, decision.is_bimodal, decision.is_disputed) == (False, False, False)


def test_a_tie_goes_to_the_worse_and_is_disputed() -> None:
    decision = merge_votes(posterior(none=0.1, good=0.45, ok=0.45))
    assert (decision.desirability, decision.is_tied, decision.is_disputed) == ("ok", True, True)


def test_good_against_bad_is_disputed_and_never_averaged_to_ok() -> None:
    decision = merge_votes(posterior(good=0.55, bad=0.45))
    assert (decision.desirability, decision.is_bimodal, decision.is_disputed) == ("good", True, True)
    assert decision.severity == pytest.approx(0.9)
    assert decision.severity_variance == pytest.approx(0.55 * 0.9**2 + 0.45 * 1.1**2)


def test_doubt_between_neighbours_is_no_dispute() -> None:
    assert merge_votes(posterior(good=0.15, ok=0.6, bad=0.25)).is_disputed is False


def test_without_blur_there_is_no_severity() -> None:
    decision = merge_votes(posterior(none=1.0))
    assert (decision.desirability, decision.severity, decision.severity_variance) == ("none", None, None)


def test_parts_per_million_go_by_the_largest_remainder() -> None:
    assert to_ppm(np.array([1.0, 1.0, 1.0])) == (333_334, 333_333, 333_333)
    assert to_ppm(posterior(0.0000006, 0.0000006, 0, 0.9999988)) == (1, 0, 0, 999_999)


@given(hnp.arrays(np.float64, 4, elements=st.floats(0, 1)).filter(lambda shares: shares.sum() > 1e-3))
def test_parts_per_million_always_sum_to_a_million_and_are_within_one(shares: npt.NDArray[np.float64]) -> None:
    ppm = to_ppm(shares)
    assert sum(ppm) == 1_000_000
    assert all(math.fabs(part - share * 1e6) < 1.001 for part, share in zip(ppm, shares / shares.sum(), strict=True))


# People ---------------------------------------------------------------------------------------------------------------


def test_accuracy_and_leniency_weigh_classes_by_how_common_they_are() -> None:
    always_good = np.zeros((1, 4, 4))
    always_good[0, :, GOOD] = 1
    shares = posterior(0.1, 0.2, 0.3, 0.4)
    assert expected_accuracy(always_good, shares).tolist() == pytest.approx([0.2])
    assert leniency(always_good, shares).tolist() == pytest.approx([-0.1 * 1 + 0.3 * 1 + 0.4 * 2])
