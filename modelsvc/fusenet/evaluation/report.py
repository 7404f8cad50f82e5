"""What an evaluation found, as a folder: report.json with every number, report.md with tables, and pictures."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch

from annotate.core.intervals import FEWEST_MAPS, FEWEST_VERDICTS
from annotate.core.regions import DESIRABILITIES
from modelsvc.fusenet.checkpoint import Checkpoint
from modelsvc.fusenet.evaluation import metrics
from modelsvc.fusenet.evaluation.charts import curves, heat_table, reliability_diagram
from modelsvc.fusenet.evaluation.tally import HEADLINES, OF_MASKS, VERDICTS, Numbers, Tally, paired
from modelsvc.fusenet.provenance import commit_of_code, processor

PIXELS = ("level_accuracy", "level_miou", "level_kappa", "amount_mae", "blur_ap", "blur_max_f", "boundary_f")
MASKS = (*OF_MASKS[:-2], "blur_max_f")
OTHERS = ("blur_auc", "blur_ap_photo", "blur_max_f_photo", "blur_iou", "blur_mae", "amount_rmse", "level_nll")
JUDGEMENT = (
    "desirability_accuracy",
    "desirability_kappa_given_blur",
    "existence_auc",
    "existence_accuracy",
    "desirability_accuracy_given_blur",
    "desirability_f1",
    "desirability_map",
    *(f"desirability_ap_{name}" for name in DESIRABILITIES),
)
ATTENTION = ("attention_auc", "attention_pointing")
CALIBRATION = ("blur_ece", "level_nll", "level_brier", "desirability_ece", "desirability_nll", "desirability_brier")
IN_WORDS = {
    "level_accuracy": "level accuracy",
    "level_miou": "mIoU",
    "level_kappa": "QWK",
    "level_nll": "NLL of levels",
    "level_brier": "Brier of levels",
    "amount_mae": "MAE",
    "amount_rmse": "RMSE",
    "blur_ap": "AP",
    "blur_auc": "AUC",
    "blur_ap_photo": "AP a photo",
    "blur_max_f": "max F",
    "blur_max_f_photo": "max F a photo",
    "blur_iou": "IoU at .5",
    "false_blur": "blur in sharp photos",
    "judged_false_blur": "the same, where there is something to judge by",
    "blur_mae": "MAE of P(blur)",
    "blur_ece": "ECE of P(blur)",
    "boundary_f": "boundary F",
    "desirability_accuracy": "4-way",
    "desirability_accuracy_given_blur": "3-way given blur",
    "desirability_f1": "macro F1",
    "desirability_map": "mAP",
    "desirability_kappa_given_blur": "QWK given blur",
    "desirability_ece": "ECE of desirability",
    "desirability_nll": "NLL of desirability",
    "desirability_brier": "Brier of desirability",
    "existence_auc": "existence AUC",
    "existence_accuracy": "existence right",
    "attention_auc": "attention AUC",
    "attention_pointing": "pointing game",
} | {f"desirability_ap_{name}": f"AP {name}" for name in DESIRABILITIES}


@dataclass(frozen=True)
class Evaluation:
    """Everything that was found.

    Attributes:
        material: which photos, which split, which seed, in words.
        is_synthetic: blur was made, so nothing is said of real photos.
        level_names: from sharp to the strongest.
        checkpoints: of the networks, by the method's name; the first is what others are compared with.
        tallies: of every method, by its name.
        skipped: what is wrong with photos that could not be read, by their names.
        temperatures: the method's name -> that of the same with temperatures, and these.
        person: measures of one person against the others.
        worst: (photo, kind of blur, error) of those that the first method reads worst.
    """

    material: Mapping[str, Any]
    is_synthetic: bool
    level_names: Sequence[str]
    checkpoints: Mapping[str, Checkpoint]
    tallies: Mapping[str, Tally]
    skipped: Mapping[str, str] = field(default_factory=dict)
    temperatures: Mapping[str, tuple[str, Mapping[str, float]]] = field(default_factory=dict)
    person: Numbers = field(default_factory=dict)
    worst: Sequence[tuple[str, str, float]] = ()

    @property
    def first(self) -> str:
        """The method that the others are compared with."""
        return next(iter(self.tallies))

    @property
    def methods(self) -> dict[str, Tally]:
        """The tallies but those at other temperatures, which decide the same."""
        again = {name for name, _ in self.temperatures.values()}
        return {name: tally for name, tally in self.tallies.items() if name not in again}


def write_report(folder: Path, evaluation: Evaluation, pictures: Mapping[str, PIL.Image.Image]) -> None:
    """Write report.json, report.md and the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    found = as_json(evaluation)
    drawn = draw_pictures(evaluation) | dict(pictures)
    for name, picture in drawn.items():
        picture.save(folder / f"{name}.png", optimize=True)
    (folder / "report.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "report.md").write_text(as_markdown(evaluation, found, list(drawn)))


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Every number; no date, so that the same evaluation gives the same bytes on the same machine."""
    first = evaluation.tallies[evaluation.first]
    others = {name: tally for name, tally in evaluation.methods.items() if name != evaluation.first}
    return {
        "material": dict(evaluation.material),
        "photos": len(first.photos),
        "skipped": dict(evaluation.skipped),
        "commit": commit_of_code(),
        "machine": describe_machine(),
        "checkpoints": {
            name: {"weights_sha256": c.weights_sha256, "epoch": c.epoch, "commit": c.commit, "trained_on": c.trained_on}
            for name, c in evaluation.checkpoints.items()
        },
        "methods": {name: _method_as_json(tally) for name, tally in evaluation.tallies.items()},
        "a_person": dict(evaluation.person),
        "compared_with": evaluation.first,
        "differences": {name: paired(first, tally) for name, tally in others.items()},
        "temperatures": {name: dict(values) for name, (_, values) in evaluation.temperatures.items()},
        "worst": [{"photo": n, "kind": k, "error": round(e, 4)} for n, k, e in evaluation.worst],
    }


def _method_as_json(tally: Tally) -> dict[str, Any]:
    return {
        "metrics": tally.numbers(),
        "intervals": tally.intervals(),
        "slices": tally.by_slice(),
        "level_confusion": tally.level_confusion().tolist(),
        "desirability_confusion": tally.desirability_confusion().tolist(),
    }


def as_markdown(evaluation: Evaluation, found: Mapping[str, Any], pictures: Iterable[str]) -> str:
    """Tables for people, one row a method."""
    methods = {name: found["methods"][name] for name in evaluation.methods}
    rows = dict(methods)
    if evaluation.person:
        rows["a person, against the others"] = {"metrics": evaluation.person, "intervals": {}}
    parts = [
        f"# {evaluation.first}, measured",
        "\n".join(f"**{name}: {value}**  " for name, value in evaluation.material.items())
        + f"\n**Photos measured: {found['photos']}, skipped: {len(evaluation.skipped)}**",
    ]
    if evaluation.is_synthetic:
        parts.append("**These are numbers of synthetic blur. They say nothing certain about real photos.**")
    parts += [
        "In brackets 95 % intervals by drawing scenes anew (1000 draws; a photo is a scene unless a list says more) "
        f"where there are {FEWEST_MAPS} of them, for verdicts {FEWEST_VERDICTS}; below Wilson's of shares and DeLong's "
        "of the existence AUC, or none: too few photos. AP, AUC and max F are of P(blur) in 1024 "
        "bins of equal counts, pooled over pixels unless a photo is named. Boundary F is a mean over photos, and so "
        "is blur in sharp photos: the area that is called blurred in those that are sharp everywhere.",
        "## Pixels",
        _methods_table(rows, PIXELS if evaluation.tallies[evaluation.first].is_graded else MASKS),
        _methods_table(rows, OTHERS),
    ]
    if any(name.startswith(VERDICTS) for row in rows.values() for name in row["metrics"]):
        parts += ["## Photos: is there blur, and is it wanted", _methods_table(rows, JUDGEMENT)]
    if any(name in row["metrics"] for row in rows.values() for name in ATTENTION):
        parts += ["## Attention against subject masks", _methods_table(rows, ATTENTION)]
    if found["differences"]:
        parts += [f"## Difference from {evaluation.first}", _differences_table(found["differences"])]
    textured = {n: {"metrics": _of_texture(row["metrics"]), "intervals": {}} for n, row in methods.items()}
    parts += [
        "## Textured pixels only",
        "Where the photo as seen varies by 6 grey levels or more (standard deviation in 21 x 21 px).",
        _methods_table(
            textured, ("level_accuracy", "level_miou", "level_kappa", "amount_mae", "blur_ap", "blur_max_f")
        ),
    ]
    for name, slices in methods[evaluation.first]["slices"].items():
        parts += [f"## {evaluation.first} by {name}", _slices_table(name, slices)]
    if evaluation.temperatures:
        parts += ["## Calibration", _calibration_table(evaluation, found)]
    parts += ["## Pictures", "\n\n".join(f"![{name}]({name}.png)" for name in pictures)]
    parts += ["## Made with", _made_with(found)]
    return "\n\n".join(parts) + "\n"


def draw_pictures(evaluation: Evaluation) -> dict[str, PIL.Image.Image]:
    """Reliability, confusions and precision-recall curves of the first method, by file name."""
    tally = evaluation.tallies[evaluation.first]
    drawn = {"reliability": reliability_diagram(tally.reliability())}
    names = evaluation.level_names
    if tally.is_graded:
        drawn["levels"] = heat_table(tally.level_confusion(), names, "level: row is true, column is said")
    if tally.desirability_confusion().any():
        drawn["desirability"] = heat_table(
            tally.desirability_confusion(), DESIRABILITIES, "desirability: row is true, column is said"
        )
    lines: dict[str, dict[str, Any]] = {}
    for method, counted in list(evaluation.methods.items())[: len(evaluation.checkpoints)]:
        lines[method] = {}
        for k, ranked in enumerate(counted.ranked_by_level()):
            precision, recall = metrics.precision_and_recall(ranked)
            lines[method][f"{names[k + 1]} or more, AP {float(metrics.average_precision(ranked)):.3f}"] = (
                recall,
                precision,
            )
    return drawn | {"curves": curves(lines, "recall", "precision")}


def describe_machine() -> dict[str, Any]:
    """What this ran on."""
    return {
        "processor": processor(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _methods_table(rows: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> str:
    """A row a method; columns that no method has are left out, and so are rows without any."""
    kept = [name for name in names if any(name in row["metrics"] for row in rows.values())]
    body = [[method, *(_cell(row, name) for name in kept)] for method, row in rows.items()]
    return table(["", *(IN_WORDS[name] for name in kept)], [row for row in body if set(row[1:]) != {"–"}])


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row["metrics"]:
        return "–"
    return f"{row['metrics'][name]:.3f}" + (
        f" {in_brackets(row['intervals'][name])}" if name in row["intervals"] else ""
    )


def in_brackets(bounds: Sequence[float] | None, sign: str = "") -> str:
    """An interval in words; `sign` "+" for a difference."""
    return "(too few photos)" if bounds is None else f"[{bounds[0]:{sign}.3f}, {bounds[1]:{sign}.3f}]"


def _differences_table(differences: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    names = [name for name in dict.fromkeys(HEADLINES + OF_MASKS) if any(name in row for row in differences.values())]

    def cell(row: Mapping[str, Mapping[str, float | None]], name: str) -> str:
        if name not in row:
            return "–"
        found = row[name]
        bounds = None if found["low"] is None or found["high"] is None else (found["low"], found["high"])
        text = f"{found['difference']:+.3f} {in_brackets(bounds, '+')}"
        return text if bounds is None or bounds[0] <= 0 <= bounds[1] else f"**{text}**"

    body = [[method, *(cell(row, name) for name in names)] for method, row in differences.items()]
    return (
        "On the same draws of scenes; bold where the 95 % interval leaves out 0. Lower is better for MAE, ECE and blur "
        "in sharp photos.\n\n" + table(["", *(IN_WORDS[name] for name in names)], body)
    )


def _slices_table(name: str, slices: Mapping[str, Numbers]) -> str:
    names = [n for n in dict.fromkeys(HEADLINES + OF_MASKS) if any(n in numbers for numbers in slices.values())]
    body = [
        [kind, f"{numbers['photos']:.0f}", *(f"{numbers[n]:.3f}" if n in numbers else "–" for n in names)]
        for kind, numbers in slices.items()
    ]
    return table([name, "photos", *(IN_WORDS[n] for n in names)], body)


def _calibration_table(evaluation: Evaluation, found: Mapping[str, Any]) -> str:
    body = []
    for name, (again, values) in evaluation.temperatures.items():
        said = ", ".join(f"{part} {value:.2f}" for part, value in values.items())
        for label, method in ((name, name), (f"{name}, temperatures {said}", again)):
            numbers = found["methods"][method]["metrics"]
            body.append([label, *(f"{numbers[n]:.3f}" if n in numbers else "–" for n in CALIBRATION)])
    return (
        "Temperatures fitted on photos that chose the epoch, never on those measured here. Lower is better.\n\n"
        + table(["", *(IN_WORDS[n] for n in CALIBRATION)], body)
    )


def _of_texture(numbers: Numbers) -> Numbers:
    return {n.removeprefix("textured_"): value for n, value in numbers.items() if n.startswith("textured_")}


def _made_with(found: Mapping[str, Any]) -> str:
    rows = [[name, str(value)] for name, value in found["machine"].items()]
    rows.append(["commit", found["commit"] or "unknown"])
    for name, checkpoint in found["checkpoints"].items():
        rows.append([name, f"weights {checkpoint['weights_sha256'][:12]}, epoch {checkpoint['epoch']}"])
    return table(["", ""], rows)
