#!/usr/bin/env bash
# datumaro 1.13.12: its reader of "CVAT for images 1.1" drops every <image subset="..."> of a file that CVAT exported from
# one task (<meta><task>): the dataset has 0 items, and nothing is said. The very file without the attribute has them all.
# What to do: write no subset into a task's file; count what a reader gives (our reader takes the images either way).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q datumaro==1.13.12 protobuf==7.36.2
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import logging
from pathlib import Path

import datumaro
import numpy as np
import PIL.Image

logging.disable(logging.CRITICAL)
LABELS = "<labels><label><name>low</name><attributes></attributes></label></labels>"


def count(subset: str) -> int:
    folder = Path(f"with-{subset or 'none'}")
    (folder / "images").mkdir(parents=True)
    PIL.Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(folder / "images" / "a.png")
    named = f' subset="{subset}"' if subset else ""
    (folder / "annotations.xml").write_text(
        f'<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version><meta><task><id>1</id>'
        f"<name>n</name><size>1</size>{LABELS}</task></meta>"
        f'<image id="0" name="a.png"{named} width="30" height="20"><polygon label="low" source="manual" occluded="0" '
        f'points="2.00,2.00;6.00,2.00;6.00,6.00;2.00,6.00" z_order="0"></polygon></image></annotations>'
    )
    return len(datumaro.Dataset.import_from(str(folder), "cvat"))


seen = [count(""), count("train")]
print(seen)
assert seen == [1, 0], "datumaro has changed"
PYTHON
