#!/usr/bin/env bash
# datasets 5.2.0: load_dataset refuses WebDataset shards in which one sample is a JPEG and another a PNG, though each
# sample is whole: it wants the same file endings in the first samples of each split, and the message speaks of
# prefixes. webdataset 1.0.2 reads the same shard ("jpg;png").
# What to do: read mixed shards with webdataset or SmartBlurDataset, or cut the release in files.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q datasets==5.2.0 pillow==12.0.0
cd "$work"
HF_HUB_OFFLINE=1 HF_HOME="$work/cache" "$work/venv/bin/python" - <<'PYTHON'
import io
import tarfile
from pathlib import Path

import PIL.Image
from datasets import load_dataset


def said(*kinds: str) -> str:
    folder = Path("-".join(kinds))
    folder.mkdir()
    with tarfile.open(folder / "train-00000.tar", "w") as shard:
        for number, kind in enumerate(kinds):
            photo = io.BytesIO()
            PIL.Image.new("RGB", (8, 6)).save(photo, "jpeg" if kind == "jpg" else kind)
            for ending, content in ((kind, photo.getvalue()), ("json", b"{}")):
                member = tarfile.TarInfo(f"{number}.{ending}")
                member.size = len(content)
                shard.addfile(member, io.BytesIO(content))
    try:
        return " ".join(load_dataset(str(folder), split="train").column_names)
    except ValueError as error:
        return "the same types" if "don't share the same prefix or the same types" in str(error) else str(error)


seen = [said("jpg", "jpg"), said("jpg", "png")]
print(seen)
assert seen == ["jpg json __key__ __url__", "the same types"], "datasets has changed"
PYTHON
