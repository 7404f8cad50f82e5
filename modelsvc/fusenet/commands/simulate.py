"""`python -m modelsvc.fusenet simulate`: what the order of a queue is worth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.commands.train import add_hold_out, synthetic_config
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.sources import (
    SyntheticPhotos,
    find_sources,
    is_sharp,
    packaged_sources,
    repeated,
    split_sharp,
)
from modelsvc.fusenet.evaluation.reading import panel
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.training.simulation import RANDOM, draw_curves, simulate


def add_simulate_command(commands: Any) -> None:
    """Add the command and its options."""
    replay = commands.add_parser("simulate", help="how many labels orders of the queue save, on a synthetic project")
    replay.add_argument("sources", type=Path, nargs="*", metavar="DIR", help="default: photos that packages bring")
    replay.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="gets simulation.json and simulation.png"
    )
    replay.add_argument("--photos", type=int, default=280, metavar="N", help="photos in all; default 280")
    replay.add_argument("--test", type=int, default=80, metavar="N", help="of these, held back; default 80")
    replay.add_argument("--seeds", type=int, default=5, metavar="N", help="repetitions; default 5")
    replay.add_argument("--first", type=int, default=12, metavar="N", help="labels to start with; default 12")
    replay.add_argument("--step", type=int, default=12, metavar="N", help="labels a step; default 12")
    replay.add_argument("--most", type=int, default=72, metavar="N", help="labels in the end; default 72")
    replay.add_argument("--crop", type=int, default=96, metavar="PX", help="side of a photo; default 96")
    replay.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR", help="whose trunks see the photos")
    add_hold_out(replay)
    replay.set_defaults(run=run_simulate)
    replay.add_argument("--json", action="store_true", help="one JSON object a line")


def run_simulate(options: argparse.Namespace, report: Report) -> int:
    """Label a synthetic project in several orders, and say how many labels each needs; of photos held out only."""
    if not 0 < options.first <= options.most <= options.photos - options.test or min(options.step, options.seeds) < 1:
        detail = "Take at least one label, step and seed, and more photos than --test and --most together."
        raise SmartBlurError(detail, code="invalid_arguments")
    config = synthetic_config({})
    if options.sources:
        parts = split_sharp(find_sources(options.sources), options.hold_out, options.same_picture)
        sharp = [*parts.choosing, *parts.panel]
    else:
        sharp = [source for source in packaged_sources() if is_sharp(source)]
    if not sharp:
        raise SmartBlurError("None of the photos is sharp enough to make blur from.", code="no_sources")
    chosen = repeated(sharp, options.photos)[: options.photos]
    photos = SyntheticPhotos(chosen, scale=config.scale, crop=options.crop, seed=config.seed)
    network, _ = load_model(options.checkpoint)
    found = simulate(
        list(panel(photos)),
        network,
        test_count=options.test,
        seeds=options.seeds,
        first=options.first,
        step=options.step,
        most=options.most,
        report=report,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "simulation.json").write_text(json.dumps(found, indent=1) + "\n")
    draw_curves(found).save(options.out / "simulation.png", optimize=True)
    said = ", ".join(f"{order} {ratio:.2f}" if ratio else f"{order} never" for order, ratio in found["ratio"].items())
    message = f"Labels for what {RANDOM} reaches with {options.most}, in shares of its own: {said}"
    report({"event": "log", "message": message, "ratio": found["ratio"]})
    return 0
