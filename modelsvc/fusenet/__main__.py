"""`python -m modelsvc.fusenet train | pretrain | evaluate | predict | examine | benchmark | export | contact-sheet`.

Without --json, lines for people; with it, one JSON object a line. Exit 0: done; 2: refused, one line says why;
3: stopped on request after saving a checkpoint.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch

from annotate.core.errors import SmartBlurError
from annotate.core.splits import SPLITS
from modelsvc.fusenet.checkpoint import export_checkpoint, read_checkpoint
from modelsvc.fusenet.commands.benchmark import run_benchmark
from modelsvc.fusenet.commands.calibrate import add_calibrate_options, run_calibrate
from modelsvc.fusenet.commands.clicks import add_clicks_options, add_encode_options, run_clicks, run_encode
from modelsvc.fusenet.commands.evaluate import add_options, run_evaluate
from modelsvc.fusenet.commands.predict import add_predict_options, run_predict
from modelsvc.fusenet.commands.simulate import add_simulate_command
from modelsvc.fusenet.commands.train import add_hold_out, add_train_commands, synthetic_config
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.sources import SyntheticPhotos, find_sources, packaged_sources
from modelsvc.fusenet.data.synthesis import MODE_SHARES, synthesise
from modelsvc.fusenet.evaluation.card import read_evaluation, write_card
from modelsvc.fusenet.evaluation.examine import examine
from modelsvc.fusenet.reports import PeopleReport, Report, report_json, report_peer
from modelsvc.fusenet.serving.heap import keep_freed_memory
from modelsvc.fusenet.serving.pictures import contact_sheet
from modelsvc.fusenet.serving.runtime import write_onnx
from modelsvc.fusenet.training.distributed import BROKEN, REFUSED, STOPPED, PeerLost, leave, rank_here
from modelsvc.fusenet.training.fit import Stopped


class Parser(argparse.ArgumentParser):
    """A parser that refuses as everything here does: one line, with a code."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise SmartBlurError(f"{message}; see --help", code="invalid_arguments")


def main(arguments: list[str], program: str = "python -m modelsvc.fusenet") -> int:
    """Run one command; the exit status. `program` is what people call it by."""
    report: Report = report_json if "--json" in arguments else PeopleReport()
    if rank := rank_here():
        report = partial(report_peer, report, rank)
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal() and int(threads):
        torch.set_num_threads(int(threads))
    try:
        options = parse_arguments(arguments, program)
        return int(options.run(options, report))
    except SmartBlurError as error:
        problem = error.as_problem()
        report({"event": "error"} | problem)
        return REFUSED
    except BrokenPipeError:  # whoever read this has gone
        return BROKEN
    except OSError as error:
        report(
            {
                "event": "error",
                "code": "file_error",
                "detail": f"{error.strerror or error}.",
                "where": str(error.filename),
            }
        )
        return REFUSED
    except Stopped:
        report({"event": "log", "message": "Stopped on request; --resume goes on from here."})
        return STOPPED
    except PeerLost as error:
        detail = f"Another process of this training ended: {error}. Start all again with --resume."
        report({"event": "error", "code": "peer_lost", "detail": detail})
        return BROKEN


def parse_arguments(arguments: list[str], program: str = "python -m modelsvc.fusenet") -> argparse.Namespace:
    """The options of the command asked for, `run` being the function that does it."""
    parser = Parser(prog=program, description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    add_train_commands(commands)

    evaluate_ = commands.add_parser("evaluate", help="measure a checkpoint on a release, or on held-out synthetic blur")
    add_options(evaluate_)
    evaluate_.set_defaults(run=run_evaluate)

    calibrate = commands.add_parser("calibrate", help="make P(blur) of a checkpoint right for real photos with masks")
    add_calibrate_options(calibrate)
    calibrate.set_defaults(run=run_calibrate)

    clicks = commands.add_parser("clicks", help="train the head that finds the thing under a click")
    add_clicks_options(clicks)
    clicks.set_defaults(run=run_clicks)

    encode = commands.add_parser("encode", help="what the decoder for clicks wants of photos")
    add_encode_options(encode)
    encode.set_defaults(run=run_encode)

    examine_ = commands.add_parser("examine", help="what a checkpoint says of each photo of a release's split")
    add_examine_options(examine_)
    examine_.set_defaults(run=run_examine)

    benchmark = commands.add_parser("benchmark", help="speed and memory on this machine")
    benchmark.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    benchmark.set_defaults(run=run_benchmark_)

    sheet = commands.add_parser("contact-sheet", help="a picture of what the synthesis makes")
    sheet.add_argument("sources", type=Path, nargs="*", metavar="DIR", help="default: photos that packages bring")
    sheet.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    sheet.set_defaults(run=run_contact_sheet)

    add_simulate_command(commands)

    export = commands.add_parser("export", help="a small copy of a checkpoint, with a model card, to ship")
    add_export_options(export)
    export.set_defaults(run=run_export)

    predict = commands.add_parser("predict", help="blur maps and probabilities of photos")
    add_predict_options(predict)
    predict.set_defaults(run=run_predict)

    add_hold_out(evaluate_)
    add_hold_out(clicks)
    for command in (evaluate_, calibrate, clicks, encode, examine_, predict, benchmark, sheet, export):
        command.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    options.arguments = arguments
    return options


def add_examine_options(command: argparse.ArgumentParser) -> None:
    """What `examine` can be told."""
    command.add_argument("release", type=Path, metavar="RELEASE_DIR")
    command.add_argument("--split", choices=SPLITS, default="test")
    command.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    command.add_argument("--out", type=Path, required=True, metavar="DIR")


def run_examine(options: argparse.Namespace, report: Report) -> int:
    """Count and draw each photo of a split."""
    examine(options.release, options.split, options.checkpoint, options.out, report)
    return 0


def run_benchmark_(options: argparse.Namespace, report: Report) -> int:
    """Measure speed and memory."""
    figures = run_benchmark(options.checkpoint)
    lines = "\n".join(f"{name:24} {value}" for name, value in figures.items())
    report({"event": "log", "message": lines, "figures": figures})
    return 0


def run_contact_sheet(options: argparse.Namespace, report: Report) -> int:
    """Every mode of the synthesis on a few photos, beside its levels."""
    config = synthetic_config({})
    sources = find_sources(options.sources) if options.sources else packaged_sources()
    chosen = sources[:: max(1, len(sources) // 4)][:4]
    photos = SyntheticPhotos(chosen, scale=config.scale, crop=config.crop, seed=config.seed)
    rows = []
    for number, mode in enumerate(MODE_SHARES):
        rngs = [np.random.default_rng([config.seed, number, index]) for index in range(len(chosen))]
        scenes = [(photos.scene(index, rng, mode), rng) for index, rng in enumerate(rngs)]
        drawn = [synthesise(scene, scale=config.scale, rng=rng, mode=mode) for scene, rng in scenes if scene]
        if not drawn:
            raise SmartBlurError("None of the photos can be read.", code="no_sources", where=next(iter(photos.faults)))
        rows.append((mode, drawn))
    contact_sheet(rows, photos.level_count).save(options.out)
    report({"event": "log", "message": f"Wrote {options.out}."})
    return 0


def add_export_options(command: argparse.ArgumentParser) -> None:
    """What `export` can be told."""
    command.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--sources", default="", metavar="TEXT", help="what the card says of the photos' origin")
    command.add_argument(
        "--evaluation", type=Path, nargs="+", default=[], metavar="DIR", help="what evaluate --out wrote, for the card"
    )
    command.add_argument("--onnx", action="store_true", help="also model.onnx, for ONNX Runtime")


def run_export(options: argparse.Namespace, report: Report) -> int:
    """Write 16-bit weights and the model card."""
    checkpoint = export_checkpoint(options.checkpoint, options.out)
    weights = {checkpoint.weights_sha256, read_checkpoint(options.out).weights_sha256}
    evaluations = [read_evaluation(folder, weights) for folder in options.evaluation]
    (options.out / "README.md").write_text(write_card(checkpoint, options.sources, evaluations))
    size = (options.out / "weights.safetensors").stat().st_size
    report({"event": "log", "message": f"Wrote {options.out}, {size / 1e6:.1f} MB of weights."})
    if options.onnx:
        report({"event": "log", "message": f"Wrote {write_onnx(options.out)}."})
    return 0


if __name__ == "__main__":
    keep_freed_memory()
    leave(main(sys.argv[1:]))
