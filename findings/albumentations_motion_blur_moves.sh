#!/usr/bin/env bash
# albumentations 2.0.8: MotionBlur moves the photo against its masks, boxes and key points, which all stay. Its line is
# drawn off the centre (allow_shifted, on by default) and to one side of it (direction_range, -1 to 1 by default), and
# either alone does it: at a blur of 31 px a spot is 5.8 px away on average and up to 14.7, with allow_shifted=False still
# 3.6 and up to 7.8. So a net learns outlines that lie beside their things, and the more blur the further.
# What to do: allow_shifted=False and direction_range=(0, 0), with which nothing moves.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q albumentations==2.0.8 opencv-python-headless==5.0.0.93 numpy==2.4.6
NO_ALBUMENTATIONS_UPDATE=1 "$work/venv/bin/python" - <<'PYTHON'
import albumentations as A
import numpy as np

SIZE = 161
spot = np.zeros((SIZE, SIZE), np.uint8)
spot[79:82, 79:82] = 255
places = np.arange(SIZE)


def centre(picture: np.ndarray) -> np.ndarray:
    weights = picture.astype(float)
    return np.array([weights.sum(0) @ places, weights.sum(1) @ places]) / weights.sum()


def moves(**options: object) -> tuple[float, float]:
    blur = A.Compose([A.MotionBlur(blur_limit=(31, 31), p=1, **options)], seed=1)
    both = [blur(image=spot, mask=spot) for _ in range(200)]
    apart = [float(np.hypot(*(centre(each["image"]) - centre(each["mask"])))) for each in both]
    return round(float(np.mean(apart)), 1), round(max(apart), 1)


seen = {
    "defaults": moves(),
    "allow_shifted=False": moves(allow_shifted=False),
    "direction_range=(0, 0)": moves(direction_range=(0, 0)),
    "both": moves(allow_shifted=False, direction_range=(0, 0)),
}
print("mean and largest distance of photo and mask in px:", seen)
assert all(mean > 3 and most > 7 for name, (mean, most) in seen.items() if name != "both"), "it moves no longer"
assert seen["both"] == (0, 0), "it moves in any case"
PYTHON
