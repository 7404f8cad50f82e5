"""A small release that exercises every column: real level maps, several authors, odd texts, a pre-annotation."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from annotate.core.blurmap import encode_levels, rasterize
from annotate.core.regions import parse_document
from annotate.core.release import (
    Annotator,
    Facts,
    Item,
    Level,
    Manifest,
    RegionsLine,
    VoteLine,
    Withdrawn,
    write_release,
)

LEVELS = tuple(
    Level(
        level=level,
        name=name,
        amount_ppm=amount,
        sigma_from_milli=sigma_from,
        sigma_to_milli=sigma_to,
        sample_sigma_milli=sample,
    )
    for level, name, amount, sigma_from, sigma_to, sample in (
        (0, "Sharp", 0, 0, 800, 0),
        (1, "Low", 333_333, 800, 2400, 1800),
        (2, "Medium", 666_667, 2400, 4800, 3400),
        (3, "High", 1_000_000, 4800, None, 7000),
    )
)
MANIFEST = Manifest(
    name="sample",
    version="1.0.0",
    title='Sample: "blur" – Größe',
    description="A few photos.",
    created="2026-11-22T11:00:00Z",
    license="CC-BY-4.0",
    licenses=("CC0-1.0", "CC-BY-4.0"),
    authors=("A. Person",),
    levels=LEVELS,
    guidelines="Judge the photo.",
    rules={"votes": {"method": "dawid-skene", "pseudo_votes": 8}},
    tool_version="0.1.0",
)
ANNA, BERT = "a-00000000000a", "a-00000000000b"
ANNOTATORS = (
    Annotator(annotator=ANNA, votes=9, regions=9, skill_ppm=900_000, leniency_ppm=-1200),
    Annotator(annotator=BERT, votes=9, regions=9),
)
WITHDRAWN = (Withdrawn(key="f" * 24, release="0.9.0", reason="=asked for by the person shown"),)
ATTRIBUTIONS = ("=HYPERLINK(1)", "'=x", 'a "quoted", name', "two\nlines", "@me", "Ünïcödé 漢字", "", "-1")
SPLITS = ("train", "train", "validation", "test")
WIDTH, HEIGHT = 37, 23


def document(seed: int) -> dict[str, Any]:
    """Three overlapping polygons, the last with a hole, over a base that is not always there."""
    random = np.random.default_rng(seed)
    rings = [random.integers(-50, 16 * WIDTH, 10).tolist() for _ in range(4)]
    regions = [
        {"id": f"r{n}", "level": n + 1, "kind": "defocus", "rings": rings[n : n + 1 + n // 2], "z": n} for n in range(3)
    ]
    return {"base": None if seed % 3 == 0 else 0, "regions": regions}


@cache
def photo(seed: int, kind: str) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def level_png(seed: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    return encode_levels(rasterize(parse_document(document(seed), level_count=len(LEVELS)), size))


def make_item(seed: int, version: str = "1.0.0") -> Item:
    kind = ("jpeg", "png", "webp")[seed % 3]
    image = photo(seed, kind)
    drawn = document(seed)
    lines = [
        RegionsLine(
            annotation=f"{who}-1",
            annotator=who,
            role="annotator",
            based_on="abc-tiny 3" if who == BERT else "",
            started="2026-11-20T10:00:00Z",
            saved="2026-11-20T10:01:00Z",
            tool_version="0.1.0",
            base=drawn["base"],
            regions=tuple(drawn["regions"]),
        )
        for who in (BERT, ANNA)
    ]
    code = seed % 4
    votes = [0, 0, 0, 0]
    votes[code] += 2
    posterior = [10_000] * 4
    posterior[code] = 970_000
    name = ("none", "good", "ok", "bad")[code]
    facts = Facts(
        sha256=hashlib.sha256(image).hexdigest(),
        source_sha256=hashlib.sha256(image + b"exif").hexdigest(),
        format=kind,
        width=WIDTH,
        height=HEIGHT,
        split=SPLITS[seed % 4],
        group=f"g{seed % 8}",
        desirability=name,
        posterior_ppm=tuple(posterior),  # type: ignore[arg-type]
        votes=tuple(votes),  # type: ignore[arg-type]
        decided_by="posterior",
        level_agreement_ppm=1_000_000,
        level_annotators=1,
        pre_model="abc-tiny 3" if seed % 2 else "",
        pre_kept_ppm=800_000 if seed % 2 else 0,
        license=MANIFEST.licenses[seed % 2],
        attribution=ATTRIBUTIONS[seed % len(ATTRIBUTIONS)],
        source_url=f"https://example.org/{seed}",
        photographer=f"p-{seed:012x}",
        added_in=version,
    )
    return Item(
        facts=facts,
        annotations=tuple(lines),
        votes=tuple(VoteLine(annotator=who, vote=name, elapsed_ms=1200 + seed, is_gold=0) for who in (BERT, ANNA)),
        lineage=(
            {"step": "ingest", "source_sha256": facts.source_sha256},
            {"step": "consensus", "levels_method": "single", "levels_from": [f"{ANNA}-1"]},
        ),
        load_image=partial(bytes, image),
        load_levels=partial(level_png, seed),
    )


def make_items(count: int = 12) -> list[Item]:
    return sorted((make_item(seed) for seed in range(count)), key=lambda item: item.facts.key)


def write_sample(folder: Path, count: int = 12, **options: Any) -> Path:
    write_release(folder, MANIFEST, make_items(count), annotators=ANNOTATORS, withdrawn=WITHDRAWN, **options)
    return folder


def all_bytes(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


if __name__ == "__main__":
    import sys

    layout = sys.argv[4] if len(sys.argv) > 4 else "folder"
    write_sample(Path(sys.argv[1]), workers=int(sys.argv[2]), unit=int(sys.argv[3]), layout=layout)
