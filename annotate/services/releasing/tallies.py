"""Who said how much in a release, how reliable their votes are, and how far people agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any

import numpy as np

from annotate.core import agreement, voting
from annotate.core.regions import DESIRABILITIES
from annotate.core.release import Annotator
from annotate.models import VotingFit
from annotate.services.queueing import gold


class Tally:
    """Counts over the frozen records of a release."""

    def __init__(self) -> None:
        self.votes: Counter[str] = Counter()
        self.regions: Counter[str] = Counter()
        self.units: list[int] = []
        self.labels: list[int] = []
        self.overlaps: list[int] = []
        self.unsettled: list[int] = []
        self.kappas: list[list[int | None]] = []

    def add(self, number: int, record: dict[str, Any]) -> None:
        """Count a record; `number` is its own in this release."""
        for vote in record["votes"]:
            self.votes[vote["annotator"]] += 1
            if vote["is_gold"]:
                continue  # how a person answers a test tells nothing of how people agree
            self.units.append(number)
            self.labels.append(DESIRABILITIES.index(vote["vote"]))
        for people in (step["people"] for step in record["lineage"] if "people" in step):
            self.overlaps.append(people["overlap_ppm"])
            self.unsettled.append(people["unsettled_ppm"])
            self.kappas.append(people["level_kappas_ppm"])
        for line in record["annotations"]:
            self.regions[line["annotator"]] += len(line["regions"])

    def annotators(self, skills: dict[str, dict[str, int]]) -> list[Annotator]:
        """A row for each person; `skills` by pseudonym."""
        return [
            Annotator(annotator=name, votes=self.votes[name], regions=self.regions[name], **skills.get(name, {}))
            for name in sorted({*self.votes, *self.regions})
        ]

    def agreement(self) -> dict[str, Any]:
        """Figures for extras/agreement.json, in parts per million; None where nobody can agree or differ.

        Nominal asks whether there is blur at all, ordinal how good, ok or bad it is where there is some. Of maps it
        is the mean over the photos that several people drew, whatever a curator settled in the end.
        """
        is_blurred = [int(label != voting.NONE) for label in self.labels]
        rated = [(unit, label - 1) for unit, label in zip(self.units, self.labels, strict=True) if label != voting.NONE]
        blur = agreement.count_labels(self.units, is_blurred, 2)
        rank = agreement.count_labels([unit for unit, _ in rated], [label for _, label in rated], 3)
        return {
            "alpha_blur_ppm": _ppm(agreement.krippendorff_alpha(blur)),
            "alpha_rank_ppm": _ppm(agreement.krippendorff_alpha(rank, is_ordinal=True)),
            "gwet_blur_ppm": _ppm(agreement.gwet_ac(blur)),
            "gwet_rank_ppm": _ppm(agreement.gwet_ac(rank, is_ordinal=True)),
            "map_overlap_ppm": _mean(self.overlaps),
            "map_level_kappas_ppm": [_mean(level) for level in zip_longest(*self.kappas)],
            "map_unsettled_ppm": _mean(self.unsettled),
            "map_photos": len(self.overlaps),
        }


def _mean(values: Iterable[int | None]) -> int | None:
    """Rounded mean of those that are known."""
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known)) if known else None


def _ppm(share: float | None) -> int | None:
    return None if share is None else round(share * 1_000_000)


def skills_of(project_id: int, name: Callable[[int], str]) -> dict[str, dict[str, int]]:
    """Pseudonym -> skill, leniency and right answers to test photos, in parts per million, as far as there are any."""
    right = {name(user): {"gold_ppm": share} for user, share in gold.gold_ppm_of(project_id).items()}
    fit = VotingFit.objects.filter(project=project_id).first()
    if fit is None:
        return right
    confusions, shares = np.array(list(fit.confusions.values())), np.array(fit.shares)
    figures = zip(voting.expected_accuracy(confusions, shares), voting.leniency(confusions, shares), strict=True)
    voters = {
        name(int(user)): {"skill_ppm": round(skill * 1_000_000), "leniency_ppm": round(leniency * 1_000_000)}
        for user, (skill, leniency) in zip(fit.confusions, figures, strict=True)
    }
    return {person: voters.get(person, {}) | right.get(person, {}) for person in {*voters, *right}}
