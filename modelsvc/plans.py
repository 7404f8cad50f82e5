"""What a person should know before starting a run: what is in the release, how long it may take, whether it exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Count, F

from annotate.models import Desirability, Release
from modelsvc.fusenet.config import parse_config
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services import hash_run

PAST_RUNS = 5


def describe_plan(
    release: Release, *, preset: str, parameters: Mapping[str, Any], base_version: ModelVersion | None
) -> dict[str, Any]:
    """Photos of each split and verdict, seconds from least to most as past runs say, and the run that is the same.

    Raises:
        InvalidConfig: a parameter is unknown or out of its range.
    """
    config = asdict(parse_config({"preset": preset} | dict(parameters)))
    same = TrainingRun.objects.filter(run_hash=hash_run(release, config, base_version)).exclude(state="failed").first()
    return {
        "splits": count_by(release, "split"),
        "verdicts": [
            {"name": label, "count": count_by(release, "desirability").get(value, 0)}
            for value, label in Desirability.choices
        ],
        "seconds": estimate_s(release, config),
        "same_run": same and {"id": same.pk, "state": same.phase},
    }


def count_by(release: Release, fact: str) -> dict[str, int]:
    """How many of the release's photos have each value of a fact, such as split or desirability."""
    rows = release.items.values(value=F(f"record__facts__{fact}")).annotate(count=Count("pk"))
    return {row["value"]: row["count"] for row in rows}


def estimate_s(release: Release, config: Mapping[str, Any]) -> list[float] | None:
    """Least and most seconds at the speeds of the last runs of the same network at the same scale; None without one."""
    alike = {"config__model": config["model"], "config__scale": config["scale"], "state": TrainingRun.State.DONE}
    past = TrainingRun.objects.filter(**alike, images_per_s__gt=0).order_by("-pk")
    speeds = list(past.values_list("images_per_s", flat=True)[:PAST_RUNS])
    if not speeds:
        return None
    photos = count_by(release, "split").get("train", 0) * config["epochs"]
    return [photos / max(speeds), photos / min(speeds)]
