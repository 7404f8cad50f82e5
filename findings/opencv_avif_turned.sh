#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: imread turns a JPEG, PNG or WebP upright by its EXIF, as it has since 3.1, and leaves an
# AVIF on its side: AVIF says its turn in the file's own irot box, which imread does not ask. So one photo that Pillow
# 13.0.0 has saved in four formats is 40 x 80 px three times and 80 x 40 px once, without a word, and labels that were
# drawn on the upright photo lie beside their things in a training that reads with OpenCV.
# What to do: read AVIF with Pillow and ImageOps.exif_transpose (upright in all four), or store photos upright, as we do.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q opencv-python-headless==5.0.0.93 numpy==2.4.6 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import cv2
import PIL.Image
import PIL.ImageOps

lying = PIL.Image.new("RGB", (80, 40), "blue")
lying.paste("red", (0, 0, 40, 40))  # red is the upper half of the upright photo
exif = PIL.Image.Exif()
exif[0x0112] = 6
seen = {}
for kind in ("jpg", "png", "webp", "avif"):
    lying.save(f"photo.{kind}", exif=exif, quality=100)
    by_opencv = cv2.imread(f"photo.{kind}")
    by_pillow = PIL.ImageOps.exif_transpose(PIL.Image.open(f"photo.{kind}"))
    seen[kind] = by_opencv.shape[1::-1], by_pillow.size
print(seen)
upright, as_stored = (40, 80), (80, 40)
wanted = {kind: (upright, upright) for kind in ("jpg", "png", "webp")} | {"avif": (as_stored, upright)}
assert seen == wanted, "OpenCV has changed"
PYTHON
