"""Write blur_detector.json: what the published code of HiFST says of five half-blurred photos.

Golestaneh and Karam (2017), as the package blur-detector 0.0.6 implements it. The package is no dependency: it is slow
and brings OpenCV. To make the file again, in an environment of its own:

    python -m venv /tmp/hifst && /tmp/hifst/bin/pip install blur-detector==0.0.6 scikit-image==0.26.0
    /tmp/hifst/bin/python tests/data/make_blur_detector.py

Photos are 192 x 128 px of scikit-image's, the right half blurred. A case is ``{photo, box, radius, sharpness}``:
16 x 24 means over 8 x 8 px, the larger the sharper.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFilter
import skimage

CASES: tuple[dict[str, Any], ...] = (
    {"photo": "astronaut.png", "box": (120, 20, 312, 148), "radius": 2.0},
    {"photo": "chelsea.png", "box": (100, 60, 292, 188), "radius": 2.0},
    {"photo": "coffee.png", "box": (180, 120, 372, 248), "radius": 3.0},
    {"photo": "motorcycle_left.png", "box": (250, 150, 442, 278), "radius": 1.5},
    {"photo": "grass.png", "box": (0, 0, 192, 128), "radius": 2.0},
)


def half_blurred(photo: str, box: tuple[int, int, int, int], radius: float) -> np.ndarray:
    """(128, 192) uint8 grey."""
    grey = PIL.Image.open(Path(skimage.__file__).parent / "data" / photo).convert("L").crop(box)
    half = grey.width // 2
    grey.paste(grey.filter(PIL.ImageFilter.GaussianBlur(radius)).crop((half, 0, *grey.size)), (half, 0))
    return np.asarray(grey)


def in_cells(map_: np.ndarray) -> np.ndarray:
    """(16, 24) means over 8 x 8 px."""
    return map_.reshape(16, 8, 24, 8).mean((1, 3))


def main() -> None:
    """Ask the package about every case."""
    import blur_detector  # type: ignore[import-not-found]

    lines = []
    for case in CASES:
        sharpness = in_cells(blur_detector.detectBlur(half_blurred(**case), show_progress=False))
        lines.append(json.dumps(case | {"sharpness": np.round(sharpness.astype(float), 3).tolist()}))
    Path(__file__).with_name("blur_detector.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    sys.exit(main())
