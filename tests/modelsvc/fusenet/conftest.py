import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest

from annotate.core.blurmap import encode_levels
from annotate.core.release import Facts, Item, RegionsLine, write_release
from tests.annotate.core.release.sample import MANIFEST

MakeRelease = Callable[..., Path]


@pytest.fixture
def photo_sets(tmp_path: Path) -> Path:
    """Two sets of four photos of noise: one with masks of the left half, one with regions."""
    rng = np.random.default_rng(0)
    for name, second in (("a", "masks"), ("b", "regions")):
        for kind in ("images", second):
            (tmp_path / name / kind).mkdir(parents=True)
        for n in range(4):
            photo = PIL.Image.fromarray(rng.integers(0, 256, (90, 120, 3), dtype=np.uint8))
            photo.save(tmp_path / name / "images" / f"{n}.png")
            left = np.zeros((90, 120), np.uint8)
            left[:, :60] = 255 if second == "masks" else 1
            PIL.Image.fromarray(left).save(tmp_path / name / second / f"{n}.png")
    return tmp_path


@pytest.fixture
def make_release(tmp_path: Path) -> MakeRelease:
    """A release of `train` and `validation` photos: noise, the right half of photo n blurred to level n % 4.

    `people` have each drawn that half as another level.
    """

    def make(
        train: int = 4,
        val: int = 2,
        size: tuple[int, int] = (96, 80),
        people: tuple[int, ...] = (),
    ) -> Path:
        items = [
            _with_people(_item(split, n, size), people)
            for split, count in (("train", train), ("validation", val))
            for n in range(count)
        ]
        folder = tmp_path / "smartblur-sample-1.0.0"
        write_release(folder, MANIFEST, sorted(items, key=lambda item: item.facts.key))
        return folder

    return make


def _item(split: str, number: int, size: tuple[int, int]) -> Item:
    width, height = size
    rng = np.random.default_rng([number, len(split)])
    photo = PIL.Image.fromarray(rng.integers(0, 256, (height // 2, width // 2, 3), dtype=np.uint8)).resize(size)
    level = number % 4
    blurred = photo.filter(PIL.ImageFilter.GaussianBlur((0, 1.2, 2.4, 5)[level]))
    photo.paste(blurred.crop((width // 2, 0, width, height)), (width // 2, 0))
    stored = io.BytesIO()
    photo.save(stored, "PNG")
    levels = np.zeros((height, width), np.uint8)
    levels[:, width // 2 :] = level
    sha256 = hashlib.sha256(stored.getvalue()).hexdigest()
    desirability = ("none", "good", "ok", "bad")[level]
    facts = Facts(
        sha256=sha256,
        source_sha256=sha256,
        format="png",
        width=width,
        height=height,
        split=split,
        group=sha256[:8],
        desirability=desirability,
        posterior_ppm=tuple(1_000_000 * (k == level) for k in range(4)),  # type: ignore[arg-type]
        votes=tuple(int(k == level) for k in range(4)),  # type: ignore[arg-type]
        decided_by="single",
        level_agreement_ppm=1_000_000,
        level_annotators=1,
        license="CC0-1.0",
        added_in="1.0.0",
    )
    return Item(facts=facts, load_image=stored.getvalue, load_levels=lambda: encode_levels(levels))


def _with_people(item: Item, people: tuple[int, ...]) -> Item:
    """The item as several people drew it; their merged map stays what it is."""
    if not people:
        return item
    width, height = 16 * item.facts.width, 16 * item.facts.height
    right_half = [width // 2, 0, width, 0, width, height, width // 2, height]
    lines = [
        RegionsLine(
            annotation=f"{n}",
            annotator=f"a-{n:012x}",
            role="annotator",
            base=0,
            regions=({"id": "r", "level": level, "kind": "defocus", "rings": [right_half], "z": 0},),
        )
        for n, level in enumerate(people)
    ]
    step = {"step": "consensus", "levels_method": "ordered-median", "levels_from": [line.annotation for line in lines]}
    facts = replace(item.facts, level_annotators=len(people))
    return replace(item, facts=facts, annotations=tuple(lines), lineage=(step,))
