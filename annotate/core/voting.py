"""From many votes on a photo's blur to one desirability, with each voter weighed by how they vote elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotate.core.chance import draw
from annotate.core.regions import DESIRABILITIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CLASS_COUNT = len(DESIRABILITIES)  # codes 0 none, 1 good, 2 ok, 3 bad: a larger code is worse
NONE, GOOD, OK, BAD = range(CLASS_COUNT)

PRIOR_VOTES = 8.0  # how many of a person's own votes weigh as much as what the crowd does
MIN_VOTES, MAX_VOTES = 2, 7
CONFIDENT = 0.95
AUDIT_SHARE = 0.05
BIMODAL = 0.1

# What is assumed of a crowd that has not voted yet; worth one vote for each true class, so it is soon outweighed.
_NAIVE_CROWD = np.full((CLASS_COUNT, CLASS_COUNT), 0.1) + 0.6 * np.eye(CLASS_COUNT)


@dataclass(frozen=True, slots=True)
class Consensus:
    """A Dawid-Skene fit. Rows follow the ids in `images` and `voters`, both ascending.

    Attributes:
        images: (N,) ids.
        voters: (W,) ids.
        posterior: (N, 4) probability of each class.
        confusions: (W, 4, 4) probability that the voter says l when the truth is k, at [voter, k, l].
        crowd: (4, 4) the same for the mean of all voters: what to expect of somebody new.
        shares: (4,) how common each class is.
        iteration_count: of EM until nothing moved by more than the tolerance, or the limit.
    """

    images: Integers
    voters: Integers
    posterior: Floats
    confusions: Floats
    crowd: Floats
    shares: Floats
    iteration_count: int


def fit_dawid_skene(
    image: npt.ArrayLike,
    voter: npt.ArrayLike,
    label: npt.ArrayLike,
    *,
    gold: Mapping[int, int] | None = None,
    prior_votes: float = PRIOR_VOTES,
    tolerance: float = 1e-4,
    max_iterations: int = 200,
) -> Consensus:
    """Who votes how, and what each image is, found together by expectation-maximisation from the majority.

    Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm" (1979), with each
    voter's confusion drawn towards the crowd's: with few votes a person, the plain method loses to the majority.
    Votes are summed in the order given, so equal input gives equal output.

    Args:
        image: (V,) id of the image of each vote.
        voter: (V,) id of who voted.
        label: (V,) 0 none, 1 good, 2 ok, 3 bad.
        gold: known class of some images; it is not doubted.
        prior_votes: weight of the crowd's mean confusion in each voter's, in votes.
        tolerance: stop when no probability moves by more than this.
        max_iterations: stop here at the latest.
    """
    images, image_row = np.unique(np.asarray(image, np.int64), return_inverse=True)
    voters, voter_row = np.unique(np.asarray(voter, np.int64), return_inverse=True)
    label = np.asarray(label, np.int64)
    answer = voter_row * CLASS_COUNT + label  # which (voter, label) each vote is
    truths, is_known = _one_hot(images, gold or {})

    votes = _sum_by(image_row, np.eye(CLASS_COUNT), label, len(images))
    posterior = np.where(is_known, truths, _normalise(votes))  # the majority, softly
    moved, iteration_count = np.inf, 0
    while moved >= tolerance and iteration_count < max_iterations:
        counts = _sum_by(answer, posterior, image_row, len(voters) * CLASS_COUNT)
        counts = counts.reshape(-1, CLASS_COUNT, CLASS_COUNT).transpose(0, 2, 1)  # (W, true, said)
        crowd = _normalise(counts.sum(axis=0) + _NAIVE_CROWD)
        confusions = _normalise(counts + prior_votes * crowd)
        shares = _normalise(posterior.sum(axis=0) + 1)
        evidence = np.log(confusions).transpose(0, 2, 1).reshape(-1, CLASS_COUNT)  # (W * said, true)
        updated = _softmax(np.log(shares) + _sum_by(image_row, evidence, answer, len(images)))
        updated = np.where(is_known, truths, updated)
        moved = np.abs(updated - posterior).max(initial=0.0)
        posterior = updated
        iteration_count += 1
    return Consensus(images, voters, posterior, confusions, crowd, shares, iteration_count)


def update_posterior(log_posterior: Floats, confusion_row: Floats) -> Floats:
    """The (4,) log posterior after one more vote; an image without votes starts at the log of the class shares.

    Args:
        log_posterior: (4,) before the vote.
        confusion_row: (4,) probability of what was said under each truth: ``confusions[voter, :, label]``.
    """
    updated = log_posterior + np.log(confusion_row)
    return np.asarray(updated - _log_sum(updated))


def wants_more_votes(
    posterior: Floats, vote_count: int, *, least: int = MIN_VOTES, most: int = MAX_VOTES, is_audited: bool = False
) -> bool:
    """Whether to ask for another vote: the least in any case, then until one class is 95 % sure or the most are in.

    Args:
        posterior: (4,) probability of each class.
        vote_count: votes so far.
        least: asked for however sure the first ones are.
        most: not asked for more than these.
        is_audited: the image goes to the most in any case, so that the rule itself can be judged without bias.
    """
    if vote_count < least:
        return True
    return vote_count < most and (is_audited or float(posterior.max()) < CONFIDENT)


def people_wanted(
    posterior: Floats, map_count: int, vote_count: int, *, least: int, most: int, is_audited: bool
) -> int:
    """How many people in all should have drawn a map of the image, as far as one knows now; at least `map_count`.

    One more at a time, while its votes leave doubt; an audited image wants all of them at once.

    Args:
        posterior: (4,) probability of each class.
        map_count: how many people drew one; `least` do, whatever the votes of those who did not.
        vote_count: votes so far, with those cast without a map.
    """
    missing = least - map_count
    if wants_more_votes(posterior, vote_count, least=least, most=most, is_audited=is_audited):
        missing = max(missing, most - vote_count if is_audited else 1)
    return map_count + max(missing, 0)


def is_audited(salt: str, key: str) -> bool:
    """Whether the image is in the random 5 % that always collect all votes; the same answer every time.

    Args:
        salt: the project's secret.
        key: of the image, such as its SHA-256.
    """
    return draw(salt, "audit", key) < AUDIT_SHARE


@dataclass(frozen=True, slots=True)
class Decision:
    """What the votes on one image come to.

    Attributes:
        desirability: the likeliest class; of equally likely ones the worse.
        posterior_ppm: none, good, ok, bad in parts per million; they sum to 1,000,000.
        is_tied: another class is as likely.
        is_bimodal: good and bad are both likely, and likelier than ok between them.
        severity: expected rank if there is blur (0 good, 1 ok, 2 bad); None if there certainly is none.
        severity_variance: of that rank.
    """

    desirability: str
    posterior_ppm: tuple[int, ...]
    is_tied: bool
    is_bimodal: bool
    severity: float | None
    severity_variance: float | None

    @property
    def is_disputed(self) -> bool:
        """Whether a curator should look: ranks are never averaged into a label."""
        return self.is_tied or self.is_bimodal


def merge_votes(posterior: Floats) -> Decision:
    """The decision for one image's (4,) posterior."""
    likeliest = np.flatnonzero(posterior >= posterior.max() - 1e-6)
    severity, variance = _severity(posterior)
    return Decision(
        DESIRABILITIES[likeliest[-1]],
        to_ppm(posterior),
        len(likeliest) > 1,
        bool(min(posterior[GOOD], posterior[BAD]) > max(BIMODAL, posterior[OK])),
        severity,
        variance,
    )


def to_ppm(shares: Floats) -> tuple[int, ...]:
    """Shares as integers that sum to 1,000,000, by largest remainder; of equal remainders the first is rounded up."""
    scaled = shares / shares.sum() * 1_000_000
    floors = np.floor(scaled).astype(np.int64)
    missing = 1_000_000 - int(floors.sum())
    floors[np.argsort(floors - scaled, kind="stable")[:missing]] += 1
    return tuple(floors.tolist())


def from_ppm(posterior_ppm: Sequence[int]) -> Floats:
    """(4,) shares from parts per million."""
    return np.array(posterior_ppm, np.float64) / 1_000_000


def expected_accuracy(confusions: Floats, shares: Floats) -> Floats:
    """(W,) probability that each voter's next vote is right: ``sum_k shares[k] * confusions[w, k, k]``."""
    return np.asarray(np.einsum("k,wkk->w", shares, confusions))


def leniency(confusions: Floats, shares: Floats) -> Floats:
    """(W,) how many classes better than the truth each voter's vote is on average; below 0 is strict."""
    codes = np.arange(CLASS_COUNT)
    return np.asarray(np.einsum("k,wkl,kl->w", shares, confusions, codes[:, None] - codes[None, :]))


def _severity(posterior: Floats) -> tuple[float | None, float | None]:
    blurred = posterior[GOOD:]
    if blurred.sum() < 1e-6:
        return None, None
    shares = blurred / blurred.sum()
    ranks = np.arange(len(blurred))
    mean = float(shares @ ranks)
    return mean, float(shares @ (ranks - mean) ** 2)


def _one_hot(images: Integers, gold: Mapping[int, int]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(N, 4) the known classes as certainties, and (N, 1) where they are known."""
    truths = np.zeros((len(images), CLASS_COUNT))
    is_known = np.isin(images, list(gold))
    for row in np.flatnonzero(is_known):
        truths[row, gold[int(images[row])]] = 1.0
    return truths, is_known[:, None]


def _sum_by(group: Integers, table: Floats, row: Integers, group_count: int) -> Floats:
    """(group_count, K) sums of ``table[row]`` over the votes of each group, added in the order of the votes."""
    columns = np.ascontiguousarray(table.T)
    return np.stack([np.bincount(group, column[row], group_count) for column in columns], axis=1)


def _normalise(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _softmax(logits: Floats) -> Floats:
    return np.asarray(np.exp(logits - _log_sum(logits)[..., None]))


def _log_sum(logits: Floats) -> Floats:
    highest = logits.max(axis=-1)
    return np.asarray(highest + np.log(np.exp(logits - highest[..., None]).sum(axis=-1)))
