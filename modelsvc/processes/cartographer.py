"""A worker's part of atlases: features to a process that lays photos out, places to rows."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from annotate.services.leases import Lease
from modelsvc.models import AtlasDrawing
from modelsvc.processes import trainer
from modelsvc.services import atlases

LAYOUT = (sys.executable, "-m", "modelsvc.processes.layout")


def draw(drawing: AtlasDrawing, lease: Lease) -> dict[str, Any]:
    """Lay out the photos that the drawing's version has seen, or put those that came since beside the others.

    Raises:
        LeaseLost: another attempt owns the drawing.
        AttemptFailed: the process ended without places.
    """
    with tempfile.TemporaryDirectory(prefix="atlas-") as temp:
        features, known, out = (Path(temp, name) for name in ("features.f32", "known.npy", "places.npy"))
        sheet = atlases.read_sheet(drawing, features)
        if sheet.is_complete:
            return {"last_prediction": sheet.last_prediction}
        command = [*LAYOUT, features, str(sheet.width), out]
        if sheet.places is not None:
            np.save(known, sheet.places)
            command += ["--known", known]
        with trainer.running(command) as process:
            for _event in trainer.events(process):
                lease.extend()
        return atlases.keep_drawing(lease, sheet, np.load(out))
