#!/usr/bin/env bash
# supervision 0.31.2: DetectionDataset.as_coco writes an object whose mask has a hole, or is in two parts, with iscrowd 1,
# and says nothing. pycocotools 2.0.11 leaves crowds out of the truth: the very same masks as predictions score -1 (no
# object) where a square without a hole scores 1. COCO's RLE may stand with iscrowd 0, which then scores 1.
# What to do: set iscrowd to 0 in such a file (our reader takes the area either way; our writer never writes it for holes).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q supervision==0.31.2 pycocotools==2.0.11
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import contextlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a missing OpenCV, which it does without
    import supervision

PIL.Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save("a.png")


def truth_of(mask: np.ndarray) -> dict:
    found = supervision.Detections(xyxy=np.array([[5.0, 5, 35, 35]]), mask=mask[None], class_id=np.array([0]))
    photos = supervision.DetectionDataset(classes=["blur"], images=["a.png"], annotations={"a.png": found})
    photos.as_coco(annotations_path="truth.json")
    return json.loads(Path("truth.json").read_text())


def score(truth: dict) -> float:
    """Average precision of the truth's own masks."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        (drawn,) = truth["annotations"]
        found = {"image_id": 1, "category_id": 1, "segmentation": coco.annToRLE(drawn), "score": 1.0}
        result = COCOeval(coco, coco.loadRes([found]), "segm")
        result.evaluate(), result.accumulate(), result.summarize()
    return float(result.stats[0])


square = np.zeros((40, 40), bool)
square[5:35, 5:35] = True
ring, two = square.copy(), square.copy()
ring[15:25, 15:25] = False
two[15:25] = False
seen = []
for mask in (square, ring, two):
    truth = truth_of(mask)
    seen.append((truth["annotations"][0]["iscrowd"], round(score(truth), 3)))
truth["annotations"][0]["iscrowd"] = 0
seen.append((0, round(score(truth), 3)))
print("(iscrowd, AP of the very masks): square, with a hole, in two parts, in two parts with iscrowd set to 0")
print(seen)
assert seen == [(0, 1.0), (1, -1.0), (1, -1.0), (0, 1.0)], "supervision or pycocotools has changed"
PYTHON
