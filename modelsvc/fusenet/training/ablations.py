"""What each part of the network is worth: variants trained on one budget and measured on the same photos."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.config import InvalidConfig, TrainConfig
from modelsvc.fusenet.data.releases import Photos
from modelsvc.fusenet.evaluation.reading import compare, network_look, panel
from modelsvc.fusenet.evaluation.report import in_brackets
from modelsvc.fusenet.evaluation.tally import Tally, interval
from modelsvc.fusenet.model import MODELS
from modelsvc.fusenet.provenance import commit_of_code
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.training.distributed import ALONE, Crew
from modelsvc.fusenet.trunk import LITE0

FULL = "full"
COLUMNS = {
    "level_accuracy": "level accuracy",
    "level_miou": "mIoU",
    "amount_mae": "MAE",
    "blur_ap": "AP",
    "boundary_f": "boundary F",
    "desirability_accuracy": "desirability",
    "desirability_kappa_given_blur": "QWK",
}


@dataclass(frozen=True)
class Variant:
    """The full network but for some settings."""

    says: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    keeps_base: bool = True


VARIANTS: Mapping[str, Variant] = {
    FULL: Variant("A + B + C, joint"),
    "c": Variant("desirability from C alone", {"use_attention": False, "use_blur_map": False}),
    "b": Variant("desirability from B alone", {"use_attention": False, "use_content": False}),
    "a-b": Variant("desirability from A + B", {"use_content": False}),
    "b-c": Variant("desirability from B + C", {"use_attention": False}),
    "staged": Variant("desirability does not reach A and B", {"joint": False}),
    "no-pyramid": Variant("without pyramid pooling", {"use_pyramid": False}),
    "no-refinement": Variant("without boundary refinement", {"use_refinement": False}),
    "one-scale": Variant("without the loss of the coarse map", {"coarse_weight": 0.0}),
    "no-dilation": Variant("without dilation", {"dilation": False}),
    "regression": Variant("regression instead of ordered levels", {"ordinal": False}),
    "no-pretraining": Variant("without synthetic pre-training", {}, keeps_base=False),
    "random-trunk": Variant("without ImageNet", {"pretrained": False}, keeps_base=False),
    "lite2": Variant("abc-lite2, without ImageNet", {"model": "abc-lite2", "pretrained": False}, keeps_base=False),
}


def chosen_variants(asked: str, config: TrainConfig, *, has_base: bool) -> list[str]:
    """The variants named, or all that differ from the full network under this configuration; the full one first.

    Raises:
        InvalidConfig: an unknown name.
    """
    if asked != "all":
        names = asked.split(",")
        if unknown := set(names) - VARIANTS.keys():
            detail = f"There is no variant {min(unknown)[:60]!r}. Known: all, {', '.join(VARIANTS)}."
            raise InvalidConfig(detail, where="ablate")
        return [FULL, *(name for name in VARIANTS if name in names and name != FULL)]
    return [name for name in VARIANTS if name == FULL or _differs(name, config, has_base=has_base)]


def run_ablations(
    names: Sequence[str],
    config: TrainConfig,
    seed_count: int,
    out: Path,
    *,
    train: Callable[[Path, TrainConfig, bool], object],
    photos: Photos,
    report: Report,
    crew: Crew = ALONE,
) -> dict[str, Any]:
    """Train every variant with every seed, measure all on one panel, and write OUT/ablations.json and .md.

    Args:
        names: of VARIANTS, the full one first.
        config: of the full network; its seed is the first one.
        seed_count: how many seeds each variant is trained with.
        out: gets a run's folder for each variant and seed; what is trained already is not trained again.
        train: trains into a folder, from the base version or not, and goes on where it stopped.
        photos: what to measure on; no variant was trained on them.
        report: is told how far it is.
        crew: the processes that train together; the first one measures and writes.

    Raises:
        SmartBlurError: there is nothing to measure on.
    """
    if not len(photos):
        raise SmartBlurError("There are no photos to measure the variants on.", code="no_sources")
    seeds = range(config.seed, config.seed + seed_count)
    for seed in seeds:
        for name in names:
            if crew.is_first:
                report({"event": "log", "message": f"{name}, seed {seed}: {VARIANTS[name].says}"})
            variant = replace(config, **VARIANTS[name].settings, seed=seed)
            train(out / f"{name}-{seed}", variant, VARIANTS[name].keeps_base)
    if not crew.is_first:
        return {}
    runs = [f"{name}-{seed}" for name in names for seed in seeds]
    looks = [network_look(run, load_model(out / run / "best")[0]) for run in runs]
    counts = compare(looks, panel(photos), photos.level_count)
    if not counts:
        raise SmartBlurError("None of the photos to measure the variants on can be read.", code="no_sources")
    of_variant = {name: [counts[f"{name}-{seed}"] for seed in seeds] for name in names}
    rows = {name: against_full(of_variant[FULL], of_variant[name]) for name in names}
    table = {
        "commit": commit_of_code(),
        "config": asdict(config),
        "seeds": list(seeds),
        "photos": len(of_variant[FULL][0].photos),
        "rows": rows,
    }
    (out / "ablations.json").write_text(json.dumps(table, indent=1) + "\n")
    (out / "ablations.md").write_text(as_markdown(rows))
    report({"event": "log", "message": f"Wrote {out / 'ablations.md'}."})
    return table


def against_full(full: Sequence[Tally], variant: Sequence[Tally]) -> dict[str, dict[str, float | None]]:
    """Each measure of a variant, mean over seeds, and by how much it differs from the full network's.

    The interval is of a paired bootstrap: both are measured on the same draws of photos; None of too few. It covers the
    choice of photos; how far seeds are apart is `spread`.
    """
    own, others = ([counts.numbers() for counts in some] for some in (variant, full))
    own_draws, other_draws = ([counts.draws() for counts in some] for some in (variant, full))
    found: dict[str, dict[str, float | None]] = {}
    for name in COLUMNS:
        if not all(name in numbers for numbers in (*own, *others)):
            continue
        values = [numbers[name] for numbers in own]
        draws = np.mean([drawn[name] for drawn in own_draws], 0) - np.mean([drawn[name] for drawn in other_draws], 0)
        low, high = interval(draws) if full[0].is_enough(name) else (None, None)
        found[name] = {
            "value": float(np.mean(values)),
            "spread": float(np.ptp(values)),
            "difference": float(np.mean(values) - np.mean([numbers[name] for numbers in others])),
            "low": low,
            "high": high,
        }
    return found


def as_markdown(rows: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """The table for people; a difference whose interval excludes 0 is bold."""
    columns = [name for name in COLUMNS if name in rows[FULL]]
    lines = [
        "| variant | " + " | ".join(COLUMNS[name] for name in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for row, measures in rows.items():
        cells = [_cell(measures[name], is_full=row == FULL) for name in columns if name in measures]
        lines.append(f"| {VARIANTS[row].says} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(measure: Mapping[str, float | None], *, is_full: bool) -> str:
    low, high = measure["low"], measure["high"]
    value = f"{measure['value']:.3f}"
    if is_full:
        return value
    bounds = None if low is None or high is None else (low, high)
    change = f"{measure['difference']:+.3f} {in_brackets(bounds, '+')}"
    return f"{value}<br>" + (f"**{change}**" if bounds and bounds[0] * bounds[1] > 0 else change)


def _differs(name: str, config: TrainConfig, *, has_base: bool) -> bool:
    variant = VARIANTS[name]
    if "model" in variant.settings and MODELS[config.network].stages != LITE0:
        return False
    if "dilation" in variant.settings and MODELS[config.network].is_light:
        return False  # no stride of the trunk is lost
    changes = any(getattr(config, setting) != value for setting, value in variant.settings.items())
    return changes or (has_base and not variant.keeps_base)
