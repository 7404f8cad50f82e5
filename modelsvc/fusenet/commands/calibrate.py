"""`python -m modelsvc.fusenet calibrate`: P(blur) of a checkpoint made right for real photos with masks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from annotate.core.errors import SmartBlurError
from annotate.core.intervals import share_interval
from modelsvc.fusenet.checkpoint import describe_anew, load_model
from modelsvc.fusenet.commands.train import add_masks, read_sets
from modelsvc.fusenet.evaluation.reading import network_look, panel
from modelsvc.fusenet.evaluation.verdicts import has_blur
from modelsvc.fusenet.existence import Existence, Floats, fit_existence
from modelsvc.fusenet.reports import Report


class Photos(NamedTuple):
    """What is said of photos, and what is so."""

    said: Floats  # (n,)
    is_blurred: np.ndarray  # (n,) bool
    scenes: list[str]


def add_calibrate_options(command: argparse.ArgumentParser) -> None:
    """What `calibrate` can be told."""
    command.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    add_masks(command)


def run_calibrate(options: argparse.Namespace, report: Report) -> int:
    """Fit temperature and threshold of "is there blur" and write them into the checkpoint's description."""
    if not options.masks:
        raise SmartBlurError("Name --masks: photos with and without blur.", code="invalid_arguments")
    model, checkpoint = load_model(options.checkpoint)
    look = network_look("net", model)
    found = []
    for sample in panel(read_sets(options, checkpoint.scale)):
        truth, probabilities = has_blur(sample), look(sample)["net"].probabilities
        if np.isfinite(truth) and probabilities is not None:
            found.append((1 - float(probabilities[0]), truth > 0, sample.scene or sample.name))
    photos = Photos(
        np.array([s for s, _, _ in found]), np.array([t for _, t, _ in found], bool), [n for *_, n in found]
    )
    if len(set(photos.is_blurred.tolist())) < 2:
        raise SmartBlurError("Photos with blur and photos sharp everywhere are needed.", code="no_sources")
    fitted = fit_existence(photos.said, photos.is_blurred)
    describe_anew(options.checkpoint, replace(checkpoint, existence=fitted))
    before, after = (balanced(photos, calls) for calls in (photos.said >= 0.5, left_out(photos)))
    sharp = int((~photos.is_blurred).sum())
    report(
        {
            "event": "log",
            "message": f"{len(photos.said)} photos of {len(set(photos.scenes))} scenes, {sharp} of them sharp "
            f"everywhere: temperature {fitted.temperature}, threshold {fitted.threshold}. Right with blur and "
            f"without: {before} before, {after} after, each scene by the fit of the others.",
            "existence": {"temperature": fitted.temperature, "threshold": fitted.threshold},
        }
    )
    return 0


def left_out(photos: Photos) -> np.ndarray:
    """(n,) bool, what is said of each photo by the fit of all other scenes."""
    calls = np.zeros(len(photos.said), bool)
    scenes = np.array(photos.scenes)
    for scene in set(photos.scenes):
        own = scenes == scene
        is_told = len(set(photos.is_blurred[~own].tolist())) == 2
        fitted = fit_existence(photos.said[~own], photos.is_blurred[~own]) if is_told else Existence()
        calls[own] = fitted.apply(photos.said[own]) >= 0.5
    return calls


def balanced(photos: Photos, calls: np.ndarray) -> str:
    """Shares of right calls among photos with blur and among those without, with Wilson's intervals."""
    words = []
    for kind in (True, False):
        right = calls[photos.is_blurred == kind] == kind
        low, high = share_interval(float(right.mean()), len(right))
        words.append(f"{right.sum()} of {len(right)} [{low:.2f}, {high:.2f}]")
    return " and ".join(words)
