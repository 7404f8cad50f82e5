#!/usr/bin/env bash
# pillow-heif 1.8.1: save(exif=...) turns a HEIC (writes irot/imir) only where the EXIF is given as bytes. Given as Pillow's
# own Exif object, as every other format of Pillow takes it, the orientation is set to 1 and lost without a word: readers
# go by irot alone, so the photo lies on its side.
# What to do: pass exif.tobytes(). Readers: the decoder has turned by irot; never turn by EXIF again (annotate/core/heif.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q pillow-heif==1.8.1 pillow==13.0.0
"$work/venv/bin/python" - <<'PYTHON'
import io

import PIL.Image
import pillow_heif

pillow_heif.register_heif_opener()
exif = PIL.Image.Exif()
exif[0x0112] = 6
sizes = []
for given in (exif, exif.tobytes()):
    file = io.BytesIO()
    PIL.Image.new("RGB", (128, 64), "red").save(file, "HEIF", exif=given)
    sizes.append(PIL.Image.open(file).size)
print(sizes)
assert sizes == [(128, 64), (64, 128)], "pillow-heif has changed"
PYTHON
