"""What rules of stopping cost and bring: a simulated crowd votes, and each rule asks as many people as it wants.

The crowd is mixed: most are right in 55 to 90 % of their votes and else err to near classes, one in ten votes by a
confusion of no use. Votes are counted as the product counts them: weighed by the last fit when they come, fitted anew
after each round, each photo asking one person a round while its votes leave doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotate.core.voting import (
    CLASS_COUNT,
    MAX_VOTES,
    MIN_VOTES,
    Floats,
    Integers,
    fit_dawid_skene,
    is_audited,
    wants_more_votes,
)

TRUE_SHARES = (0.3, 0.25, 0.2, 0.25)  # none, good, ok, bad
SKILLS = (0.55, 0.9)
SPAMMER_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody's votes, in the order in which they would be asked, beside the truth.

    Attributes:
        truth: (N,) class of each image.
        voters: (N, M) who is asked first, second, ...
        labels: (N, M) what they say.
    """

    truth: Integers
    voters: Integers
    labels: Integers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to.

    Attributes:
        rule: its name.
        votes_per_image: mean.
        accuracy: share of images whose likeliest class is the truth.
        audited_alike: of the images that went to the most in any case, the share whose label stopping would not have
            changed; None where the rule audits none.
    """

    rule: str
    votes_per_image: float
    accuracy: float
    audited_alike: float | None = None


def simulate_crowd(dice: np.random.Generator, image_count: int, voter_count: int, votes_each: int) -> Crowd:
    """Votes of a crowd of mixed skill with one spammer in ten."""
    truth = dice.choice(CLASS_COUNT, image_count, p=TRUE_SHARES)
    codes = np.arange(CLASS_COUNT)
    near = np.exp(-abs(codes[:, None] - codes)) * (1 - np.eye(CLASS_COUNT))
    near /= near.sum(axis=1, keepdims=True)
    skill = dice.uniform(*SKILLS, (voter_count, 1, 1))
    confusions = skill * np.eye(CLASS_COUNT) + (1 - skill) * near
    is_spammer = dice.random(voter_count) < SPAMMER_SHARE
    confusions[is_spammer] = dice.dirichlet(np.ones(CLASS_COUNT), (int(is_spammer.sum()), CLASS_COUNT))
    voters = np.stack([dice.choice(voter_count, votes_each, replace=False) for _ in range(image_count)])
    thresholds = confusions[voters, truth[:, None]].cumsum(axis=2)
    labels = (dice.random((image_count, votes_each, 1)) > thresholds).sum(axis=2)
    return Crowd(truth, voters, np.minimum(labels, CLASS_COUNT - 1))


def ask_fixed(crowd: Crowd, count: int) -> Outcome:
    """As many votes for each image."""
    posterior = _posterior(crowd, np.full(len(crowd.truth), count))
    return Outcome(f"fixed {count}", count, _accuracy(crowd, posterior))


def ask_until_sure(crowd: Crowd, *, salt: str, least: int = MIN_VOTES, most: int = MAX_VOTES) -> Outcome:
    """From the least to the most, a round at a time, until each image is sure; some go to the most in any case.

    What stopping would have said of those is known from the round in which it would have stopped.
    """
    audited = np.array([is_audited(salt, str(image)) for image in range(len(crowd.truth))])
    asked = np.full(len(crowd.truth), least)
    stopped_with = np.full(len(crowd.truth), -1)
    while True:
        posterior = _posterior(crowd, asked)
        is_sure = np.array(
            [not wants_more_votes(row, n, least=least, most=most) for row, n in zip(posterior, asked, strict=True)]
        )
        first = is_sure & (stopped_with < 0)
        stopped_with[first] = posterior[first].argmax(axis=1)
        wanting = (asked < most) & (~is_sure | audited)
        if not wanting.any():
            break
        asked[wanting] += 1
    alike = (stopped_with == posterior.argmax(axis=1))[audited]
    return Outcome(
        f"{least} to {most}, until sure",
        float(asked.mean()),
        _accuracy(crowd, posterior),
        float(alike.mean()) if len(alike) else None,
    )


def compare_rules(seeds: Sequence[int], *, image_count: int, voter_count: int, fixed: Sequence[int]) -> list[Outcome]:
    """The mean outcome of each rule over crowds of these seeds; the last one is asking until sure."""
    trials = []
    for seed in seeds:
        crowd = simulate_crowd(np.random.default_rng(seed), image_count, voter_count, max(*fixed, MAX_VOTES))
        trials.append([*(ask_fixed(crowd, count) for count in fixed), ask_until_sure(crowd, salt=str(seed))])
    return [_mean(same) for same in zip(*trials, strict=True)]


def _posterior(crowd: Crowd, asked: Integers) -> Floats:
    """(N, 4) of the fit on the first `asked` votes of each image."""
    is_in = np.arange(crowd.labels.shape[1]) < asked[:, None]
    image = np.repeat(np.arange(len(asked)), asked)
    return fit_dawid_skene(image, crowd.voters[is_in], crowd.labels[is_in]).posterior


def _accuracy(crowd: Crowd, posterior: Floats) -> float:
    return float((posterior.argmax(axis=1) == crowd.truth).mean())


def _mean(outcomes: Sequence[Outcome]) -> Outcome:
    alike = [each.audited_alike for each in outcomes if each.audited_alike is not None]
    return Outcome(
        outcomes[0].rule,
        float(np.mean([each.votes_per_image for each in outcomes])),
        float(np.mean([each.accuracy for each in outcomes])),
        float(np.mean(alike)) if alike else None,
    )
