"""Write sharpness_cases.json: small pictures and their maps, for Python and TypeScript alike.

python -m tests.data.make_sharpness_cases
"""

import base64
import json
from pathlib import Path

import numpy as np
import PIL.Image
import skimage
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from annotate.core.sharpness import sharpness_map

CASES = Path(__file__).with_name("sharpness_cases.json")


def pictures() -> dict[str, tuple[NDArray[np.uint8], int]]:
    """The (H, W, 3) pictures by what they show, each with its cell."""
    random = np.random.default_rng(7)
    coffee = np.asarray(PIL.Image.open(Path(skimage.__file__).with_name("data") / "coffee.png").convert("RGB"))
    grain = random.normal(0, 5, (48, 64, 1))
    edge = np.where(np.arange(40) < 20, 40, 210)[None, :, None] * np.ones((24, 1, 3))
    step = np.where(np.arange(64) < 32, 60.0, 190.0)[None, :, None].repeat(48, 0)
    return {
        "an edge": (edge.astype(np.uint8), 4),
        "a soft edge": (gaussian_filter(edge, (0, 3, 0)).astype(np.uint8), 4),
        "an even area": (np.full((16, 16, 3), 90, np.uint8), 4),
        "noise": (random.integers(0, 256, (29, 37, 3), dtype=np.uint8), 5),
        "a soft edge in noise": ((gaussian_filter(step, (0, 3, 0)) + grain).round().astype(np.uint8).repeat(3, 2), 4),
        "nothing but noise": ((grain + 128).round().astype(np.uint8).repeat(3, 2), 4),
        "a photo": (coffee[20:84, 150:246], 4),
        "a photo, large cells": (coffee[150:214, 300:364], 12),
        "less than a cell": (coffee[200:203, 200:202], 4),
    }


def case(name: str, pixels: NDArray[np.uint8], cell: int) -> dict[str, object]:
    """One case as JSON; pixels are RGB, row by row."""
    cells = sharpness_map(pixels, cell)
    return {
        "name": name,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "cell": cell,
        "rgb": base64.b64encode(pixels.tobytes()).decode(),
        "columns": cells.shape[1],
        "map": cells.ravel().tolist(),
    }


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case(name, pixels, cell)) for name, (pixels, cell) in pictures().items())
    CASES.write_text(f"[\n{lines}\n]\n")
