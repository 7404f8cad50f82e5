#!/usr/bin/env bash
# scikit-image 0.26.0: skimage.measure.blur_effect (0 sharp, 1 blurred) turns back in photos of 8 bits. It asks how much of
# the change from pixel to pixel a further blur takes away; once a photo is soft, what is left of that change is rounding
# and noise, and those are sharp. So the cat that ships with it scores .907 at a Gaussian of 8 px and .684 at 32 px, which
# is what it has at 2 px; with noise of one grey level in 255, 32 px scores as the photo without any blur.
# What to do: compare scores only among little blurred photos, or take the noise off first, as our measured sharpness does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage import color, data
from skimage.measure import blur_effect

photo = 255 * color.rgb2gray(data.chelsea())
draw = np.random.default_rng(0)


def score(sigma: float, noise: float) -> float:
    blurred = gaussian_filter(photo, sigma) + draw.normal(0, noise, photo.shape)
    return float(blur_effect(np.clip(np.rint(blurred), 0, 255).astype(np.uint8)))


clean, noisy = ({sigma: round(score(sigma, noise), 3) for sigma in (0, 2, 4, 8, 16, 32)} for noise in (0, 1))
print("rounded to 8 bits:", clean)
print("noise of one level:", noisy)
assert clean[0] < clean[2] < clean[4] < clean[8], "no longer rises at first"
assert clean[8] > clean[16] > clean[32] and abs(clean[32] - clean[2]) < 0.02, "8 bits no longer turn it back"
assert noisy[4] > noisy[8] > noisy[16] > noisy[32] and abs(noisy[32] - noisy[0]) < 0.02, "noise no longer turns it back"
PYTHON
