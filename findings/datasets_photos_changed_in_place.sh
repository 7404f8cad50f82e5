#!/usr/bin/env bash
# datasets 5.2.0: a photo that was opened from a file and then changed in place (Pillow's paste, thumbnail, ImageDraw) goes
# into the data set as the untouched file: a column of images keeps the photo's file name and never looks at its pixels.
# So faces that were painted over are back, in Dataset.from_dict and in map, without a warning, and so they are in the
# Parquet file that push_to_hub would send (embed_external_files below). A copy of the photo is stored as it looks.
# What to do: give photo.copy() or bytes. Look at what a data set holds before it leaves the house.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q datasets==5.2.0 pillow==12.0.0
cd "$work"
HF_HUB_OFFLINE=1 HF_HOME="$work/cache" "$work/venv/bin/python" - <<'PYTHON'
import datasets
import PIL.Image

datasets.disable_progress_bars()
PIL.Image.new("RGB", (48, 32), "white").save("face.png")
photos = datasets.Features({"photo": datasets.Image()})


def painted_over(photo: PIL.Image.Image) -> PIL.Image.Image:
    photo.paste("black", (0, 0, *photo.size))
    return photo


def look(stored: datasets.Dataset) -> str:
    return "white" if stored[0]["photo"].convert("L").getextrema() == (255, 255) else "black"


opened = painted_over(PIL.Image.open("face.png"))
given = datasets.Dataset.from_dict({"photo": [opened]}, features=photos)
copied = datasets.Dataset.from_dict({"photo": [opened.copy()]}, features=photos)
from_file = datasets.Dataset.from_dict({"photo": ["face.png"]}, features=photos)
mapped = from_file.map(lambda row: {"photo": painted_over(row["photo"])})
embedded = given.with_format("arrow").map(datasets.table.embed_table_storage, batched=True).with_format(None)
seen = {"from_dict": look(given), "map": look(mapped), "embedded": look(embedded), "copy": look(copied)}
print(seen)
assert seen == {"from_dict": "white", "map": "white", "embedded": "white", "copy": "black"}, "datasets has changed"
PYTHON
