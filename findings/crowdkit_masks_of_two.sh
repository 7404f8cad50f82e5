#!/usr/bin/env bash
# crowd-kit 1.4.2: where two people have outlined a photo, what its three ways to merge masks give depends on the way
# alone: SegmentationMajorityVote and SegmentationRASA hold a tie for a yes and give the union, all that either has
# outlined; SegmentationEM gives the intersection, and nothing at all if one of them has outlined nothing. No word is said
# of the tie. Two is the usual number of people a photo, so areas grow or shrink by the name of the method.
# What to do: have a third person, or draw the border between the two, as our consensus does (docs/decisions/0033).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q crowd-kit==1.4.2 pandas==3.1.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON' 2>/dev/null
import numpy as np
import pandas as pd
from crowdkit.aggregation import SegmentationEM, SegmentationMajorityVote, SegmentationRASA

left, right, none = (np.zeros((4, 6), bool) for _ in range(3))
left[:, :3] = right[:, 1:4] = True


def merged(way: type, *masks: np.ndarray) -> str:
    rows = [("photo", f"person {at}", mask) for at, mask in enumerate(masks)]
    said = way().fit_predict(pd.DataFrame(rows, columns=["task", "worker", "segmentation"]))
    row = np.asarray(said["photo"]).astype(int)[0]
    return "".join(map(str, row))


seen = {
    way.__name__: (merged(way, left, right), merged(way, left, none), merged(way, left, left, right))
    for way in (SegmentationMajorityVote, SegmentationRASA, SegmentationEM)
}
print("111000 and 011100; 111000 and nothing; 111000 twice and 011100:", seen)
assert seen == {
    "SegmentationMajorityVote": ("111100", "111000", "111000"),
    "SegmentationRASA": ("111100", "111000", "111000"),
    "SegmentationEM": ("011000", "000000", "111000"),
}, "crowd-kit has changed"
PYTHON
