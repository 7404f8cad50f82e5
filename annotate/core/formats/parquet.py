"""Parquet as the Hugging Face Hub shows it: photos and level maps inside, columns with the Hub's types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotate.core.errors import Phrase, SmartBlurError
from annotate.core.formats.format import Format, Options
from annotate.core.formats.photos import photo_bytes, photo_name
from annotate.core.release import SPLITS, Record, ReleaseFolder
from annotate.core.release.verify_standalone import DESIRABILITIES

FILE_BYTES = 500_000_000
GROUP_BYTES = 50_000_000  # the Hub's viewer reads 300 MB at most, and readers load a group at once
GROUP_ROWS = 100

Rows = Iterator[dict[str, Any]]

_TEXT = ("key", "sha256", "group", "decided_by", "pre_model", "license", "attribution", "source_url", "photographer")
_NUMBERS = ("width", "height", "ignore_px", "level_agreement_ppm", "level_annotators", "pre_kept_ppm")
_LISTS = ("posterior_ppm", "votes", "level_px")


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``data/SPLIT-00000-of-0000N.parquet`` of at most `FILE_BYTES` of photos each, and the Hub's head of README.md."""
    import_arrow()
    (out / "data").mkdir()
    for split in SPLITS:
        files = [_write_file(path, rows, options) for path, rows in _parts(release, split, out / "data", options)]
        for number, path in enumerate(files):
            path.rename(path.with_name(f"{split}-{number:05d}-of-{len(files):05d}.parquet"))
    (out / "README.md").write_text(_head(release), "utf-8")


def import_arrow() -> None:
    """Load pyarrow; raises SmartBlurError where it is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise SmartBlurError(
            "Parquet needs the package pyarrow, which is not installed here.", code="not_installed"
        ) from None


def _parts(release: ReleaseFolder, split: str, folder: Path, options: Options) -> Iterator[tuple[Path, Rows]]:
    """A file to begin and the rows that go into it, which are to be taken before the next is asked for."""
    records = release.records(split)
    following = next(records, None)

    def rows() -> Rows:
        nonlocal following
        size = 0
        while following and (not size or size + following.bytes <= FILE_BYTES):
            size += following.bytes
            yield _row(release, following, options)
            following = next(records, None)

    number = 0
    while following:
        yield folder / f"{split}-{number:05d}.part", rows()
        number += 1


def _row(release: ReleaseFolder, record: Record, options: Options) -> dict[str, Any]:
    photo = {"bytes": photo_bytes(release, record), "path": photo_name(record)} if options.with_photos else None
    level = {"bytes": release.load_levels(record), "path": f"{record.key}.level.png"}
    return {"image": photo, "level": level, **_columns(record)}


def _columns(record: Record) -> dict[str, Any]:
    columns = {name: getattr(record, name) for name in (*_TEXT, *_NUMBERS)}
    return columns | {name: list(getattr(record, name)) for name in _LISTS} | {"desirability": record.desirability_code}


def _write_file(path: Path, rows: Rows, options: Options) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(options)
    plain = [name for name in schema.names if name not in ("image", "level")]
    with pq.ParquetWriter(path, schema, use_dictionary=plain, write_page_index=True) as file:
        for group in _groups(rows):
            file.write_table(pa.Table.from_pylist(group, schema), row_group_size=len(group))
    return path


def _groups(rows: Rows) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        length = sum(len(row[name]["bytes"]) for name in ("image", "level") if row[name])
        if group and (len(group) == GROUP_ROWS or size + length > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(row)
        size += length
    if group:
        yield group


def _schema(options: Options) -> Any:
    """Arrow's types, and beside them those that the Hub and `datasets` show."""
    import pyarrow as pa

    file = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields: dict[str, tuple[Any, Any]] = {
        **({"image": (file, {"_type": "Image"})} if options.with_photos else {}),
        "level": (file, {"_type": "Image"}),
        "desirability": (pa.int64(), {"names": list(DESIRABILITIES), "_type": "ClassLabel"}),
        **{name: (pa.string(), _value("string")) for name in _TEXT},
        **{name: (pa.int64(), _value("int64")) for name in _NUMBERS},
        **{name: (pa.list_(pa.int64()), {"feature": _value("int64"), "_type": "Sequence"}) for name in _LISTS},
    }
    features = {name: shown for name, (_, shown) in fields.items()}
    return pa.schema(
        [(name, kind) for name, (kind, _) in fields.items()],
        {"huggingface": json.dumps({"info": {"features": features}})},
    )


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}


def _head(release: ReleaseFolder) -> str:
    """The head of the release's own card, with these files for its own."""
    card = (release.root / "README.md").read_text("utf-8")
    lines = card.split("---\n")[1].splitlines() if card.startswith("---\n") else []
    files = [{"split": split, "path": f"data/{split}-*"} for split in SPLITS if release.image_counts.get(split)]
    configs = json.dumps([{"config_name": "default", "data_files": files}])
    kept = [line for line in lines if not line.startswith("configs:")]
    return "\n".join(["---", *kept, f"configs: {configs}", "---", "", ""])


FORMAT = Format(
    "parquet",
    Phrase("Parquet (Hugging Face)"),
    write=write,
    reading="""
`image` is the photo, `level` the map of the same size, 8-bit grey: the level of each pixel, 255 where nobody labelled.
Leave pixels of 255 out of every loss and every figure.

```python
from datasets import load_dataset

train = load_dataset("FOLDER", split="train")
photo = train[0]              # image, level: PIL; desirability: 0 to 3, by name in train.features
```
""",
    loses=(
        Phrase("Who voted what: only how many people voted what is kept."),
        Phrase("The kind of blur, and the regions that people drew."),
    ),
)
