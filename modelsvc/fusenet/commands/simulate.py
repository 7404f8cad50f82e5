"""`python -m modelsvc.fusenet simulate`: how many labels the ranking saves."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.commands.train import synthetic_config
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.sources import SyntheticPhotos, find_sources, is_sharp, packaged_sources
from modelsvc.fusenet.evaluation.reading import panel
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.serving.predictor import Predictor


def add_simulate_command(commands: Any) -> None:
    """Add the command and its options."""
    replay = commands.add_parser("simulate", help="how many labels the ranking saves, on a synthetic project")
    replay.add_argument("sources", type=Path, nargs="*", metavar="DIR", help="default: photos that packages bring")
    replay.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="gets simulation.json and simulation.png"
    )
    replay.add_argument("--photos", type=int, default=240, metavar="N", help="photos in all; default 240")
    replay.add_argument("--test", type=int, default=80, metavar="N", help="of these, held back; default 80")
    replay.add_argument("--seeds", type=int, default=5, metavar="N", help="repetitions; default 5")
    replay.add_argument("--first", type=int, default=6, metavar="N", help="labels to start with; default 6")
    replay.add_argument("--step", type=int, default=6, metavar="N", help="labels a step; default 6")
    replay.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR", help="whose content features")
    replay.set_defaults(run=run_simulate)
    replay.add_argument("--json", action="store_true", help="one JSON object a line")


def run_simulate(options: argparse.Namespace, report: Report) -> int:
    """Label a synthetic project by rank and at random, and say how many labels each order needs."""
    from modelsvc.fusenet.evaluation.simulation import (  # boosted trees: a second that others need not wait
        draw_curves,
        simulate,
    )

    if not 0 < options.test < options.photos - options.first or min(options.first, options.step, options.seeds) < 1:
        detail = "Take at least one label, step and seed, and more photos than --test and --first together."
        raise SmartBlurError(detail, code="invalid_arguments")
    config = synthetic_config({})
    sources = find_sources(options.sources) if options.sources else packaged_sources()
    sharp = [source for source in sources[: options.photos] if is_sharp(source)]
    if not sharp:
        raise SmartBlurError("None of the photos is sharp enough to make blur from.", code="no_sources")
    chosen = [sharp[at % len(sharp)] for at in range(options.photos)]
    photos = SyntheticPhotos(chosen, scale=config.scale, crop=config.crop, seed=config.seed)
    samples = list(panel(photos))
    how = {"level_count": photos.level_count, "test_count": options.test, "seeds": options.seeds}
    how |= {"first": options.first, "step": options.step, "report": report}
    found = simulate(samples, Predictor(options.checkpoint), **how)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "simulation.json").write_text(json.dumps(found, indent=1) + "\n")
    draw_curves(found).save(options.out / "simulation.png", optimize=True)
    needed = found["labels_needed"]
    said = f"ranked {needed['ranked']:.0f}, random {needed['random']:.0f} of {found['photos']} labels"
    report({"event": "log", "message": f"For 95 % of the full mIoU: {said}; ratio {found['ratio']:.2f}"})
    return 0
