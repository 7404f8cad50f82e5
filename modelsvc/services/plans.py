"""What a person should know before starting a run: what is in the release, how long it may take, whether it exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Count, F

from annotate.models import Desirability, Release
from modelsvc.fusenet.config import parse_config
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services.runs import hash_run

PAST_RUNS = 5


def describe_plan(
    release: Release, *, preset: str, parameters: Mapping[str, Any], base_version: ModelVersion | None
) -> dict[str, Any]:
    """Photos of each split and verdict, seconds from least to most as past runs say, and the run that is the same.

    Raises:
        InvalidConfig: a parameter is unknown or out of its range.
    """
    config = asdict(parse_config({"preset": preset} | dict(parameters)))
    splits, verdicts = count_photos(release)
    same = TrainingRun.objects.filter(run_hash=hash_run(release, config, base_version)).exclude(state="failed").first()
    return {
        "splits": splits,
        "verdicts": [{"name": label, "count": verdicts[value]} for value, label in Desirability.choices],
        "seconds": estimate_s(splits["train"], config),
        "same_run": same and {"id": same.pk, "state": same.phase},
    }


def count_photos(release: Release) -> tuple[Counter[str], Counter[str]]:
    """How many of the release's photos are in each split, and of each desirability; its records are read once."""
    splits, verdicts = Counter[str](), Counter[str]()
    facts = (F("record__facts__split"), F("record__facts__desirability"))
    for split, verdict, count in release.items.values_list(*facts).annotate(count=Count("pk")):
        splits[split] += count
        verdicts[verdict] += count
    return splits, verdicts


def estimate_s(photos: int, config: Mapping[str, Any]) -> list[float] | None:
    """Least and most seconds for so many photos an epoch, at the speeds of the last runs alike; None without one."""
    alike = {"config__model": config["model"], "config__scale": config["scale"], "state": TrainingRun.State.DONE}
    past = TrainingRun.objects.filter(**alike, images_per_s__gt=0).order_by("-pk")
    speeds = list(past.values_list("images_per_s", flat=True)[:PAST_RUNS])
    if not speeds:
        return None
    return [photos * config["epochs"] / speed for speed in (max(speeds), min(speeds))]
