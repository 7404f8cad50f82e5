"""What is kept of a prediction to compare the photos of a burst."""

from __future__ import annotations

import base64

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.culling import SKETCH, Look
from annotate.core.exif import Exif
from modelsvc.fusenet.serving.predictor import BlurPrediction


def look_of(name: str, said: BlurPrediction, dhash: int, exif: Exif) -> Look:
    """What is kept of a prediction to compare photos of a burst."""
    return Look(
        name=name,
        probabilities=said.probabilities,
        subject_blurred=said.subject_blurred,
        background_blurred=said.background_blurred,
        amount=sketch(said.strength),
        gaze=sketch(said.gaze),
        content=said.content,
        dhash=dhash,
        camera=exif.camera,
        captured_at=exif.captured_at,
    )


def sketch(map_: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(24, 24) uint8 means of a map of [0, 1]."""
    cells = PIL.Image.fromarray(np.ascontiguousarray(map_)).resize((SKETCH, SKETCH), PIL.Image.Resampling.BOX)
    scaled: NDArray[np.uint8] = np.rint(np.clip(np.asarray(cells), 0, 1) * 255).astype(np.uint8)
    return scaled


def describe_look(said: BlurPrediction) -> dict[str, str | int]:
    """The part of a look that only the network knows, as JSON; `culling.Look` says what each is."""
    return {
        "background_blurred_ppm": round(said.background_blurred * 1e6),
        "amount": base64.b64encode(sketch(said.strength).tobytes()).decode(),
        "gaze": base64.b64encode(sketch(said.gaze).tobytes()).decode(),
    }
