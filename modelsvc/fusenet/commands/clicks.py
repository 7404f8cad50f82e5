"""`python -m modelsvc.fusenet clicks | encode`: the head that finds the thing under a click, trained and put to use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import open_shrunk
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.clicks import write_head
from modelsvc.fusenet.config import CLICK_DECODER, CLICK_ENCODER, SHIPPED
from modelsvc.fusenet.data.sources import Source, count_by_set, find_sources, hold_out, is_sharp
from modelsvc.fusenet.provenance import commit_of_code
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.serving.clickgrids import LONG_SIDE, ClickEncoder
from modelsvc.fusenet.serving.predictor import fast_lanczos
from modelsvc.fusenet.training.clicks import fit_head, look_at_views

CARD = "## Things by clicks"


def add_clicks_options(command: argparse.ArgumentParser) -> None:
    """What `clicks` can be told."""
    command.add_argument("sources", type=Path, nargs="+", metavar="DIR", help="images/ and masks/ of things")
    command.add_argument("--leave-out", type=Path, metavar="FILE.txt", help="names of photos to measure on only")
    command.add_argument("--views", type=int, default=2, metavar="N", help="of each photo; default 2")
    command.add_argument("--minutes", type=float, default=12.0, metavar="M", help="of training; default 12")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR", help="whose features it reads")


def split_things(
    sources: list[Source], held_out: int, same_picture: Path | None, left_out: frozenset[str]
) -> tuple[list[Source], list[Source]]:
    """Photos with masks to learn from, and to measure on: those that the network's own training held out."""
    first = hold_out(sources, 2 * held_out, same_picture)  # a few to look at: which are sharp takes a while to tell
    parts = hold_out([s for s in {*first.choosing, *first.panel} if is_sharp(s)], held_out, same_picture)
    held = {*parts.choosing, *parts.panel} | {source for source in sources if source.image.stem in left_out}
    with_mask = [source for source in sources if source.mask is not None]
    return [s for s in with_mask if s not in held], [s for s in with_mask if s in held]


def run_clicks(options: argparse.Namespace, report: Report) -> int:
    """Train the head and write it beside the network's weights."""
    model, checkpoint = load_model(options.checkpoint)
    left_out = frozenset(options.leave_out.read_text().split()) if options.leave_out else frozenset()
    learned, held = split_things(find_sources(options.sources), options.hold_out, options.same_picture, left_out)
    if not learned:
        raise SmartBlurError("None of the photos has a mask to learn from.", code="no_sources")
    views = look_at_views(model, learned, options.views, options.seed, report)
    encoder, decoder = fit_head(model, views, minutes=options.minutes, seed=options.seed, report=report)
    told = {
        "photos": count_by_set(learned),
        "held_out": count_by_set(held),
        "views": len(views),
        "minutes": options.minutes,
        "seed": options.seed,
        "commit": commit_of_code(),
    }
    write_head(options.checkpoint, encoder, decoder, checkpoint.weights_sha256, told)
    add_to_card(options.checkpoint, checkpoint.weights_sha256, told)
    report({"event": "log", "message": f"Wrote the head for clicks into {options.checkpoint}."})
    return 0


def add_to_card(folder: Path, network_sha256: str, told: Mapping[str, Any]) -> None:
    """Say in the network's card, in place of what it said before, what its head for clicks learned from."""
    card = folder / "README.md"
    rest = card.read_text().partition(CARD)[0].rstrip() + "\n\n" if card.exists() else ""
    learned, held = (", ".join(f"{n} of {name}" for name, n in told[each].items()) for each in ("photos", "held_out"))
    card.write_text(
        f"{rest}{CARD}\n\n`{CLICK_ENCODER}` and `{CLICK_DECODER}` read the features of the weights "
        f"`{network_sha256[:12]}` and outline the thing under a click. They learned from subject masks: {learned}; "
        f"{told['views']} views, {told['minutes']:g} minutes of a processor, seed {told['seed']}, commit "
        f"`{told['commit']}`. Held out and only measured on: {held} (docs/benchmarks/real.md).\n"
    )


def add_encode_options(command: argparse.ArgumentParser) -> None:
    """What `encode` can be told."""
    command.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")


def run_encode(options: argparse.Namespace, report: Report) -> int:
    """For programs: write PHOTO.grids beside each photo that a line of standard input names."""
    torch.set_num_threads(1)  # a photo takes it 70 ms; on a busy machine threads would wait for each other
    encoder = ClickEncoder(options.checkpoint)
    for line in sys.stdin:
        photo = Path(line.rstrip("\n"))
        try:
            shrunk = open_shrunk(photo.read_bytes(), LONG_SIDE, resize=fast_lanczos)
        except InvalidImage as error:
            report({"event": "error"} | error.as_problem() | {"where": str(photo)})
            continue
        photo.with_suffix(".grids").write_bytes(encoder.encode(shrunk))
        report({"event": "encoded", "photo": str(photo)})
    return 0
