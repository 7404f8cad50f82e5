"""Which photos go into train, val and test: drawn by leakage group when a release first wants them, and kept."""

from __future__ import annotations

from collections.abc import Sequence

from annotate.models import Project

RULE = {"method": "leakage groups, greedy by desirability and dominant level, sticky"}


def assign_splits(project: Project, licenses: Sequence[str]) -> None:
    """Give a leakage group and a split to each agreed image that has none."""
    raise NotImplementedError
