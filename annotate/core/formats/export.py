"""A release in another tool's format: a folder that says what it is, whose it is and what it has lost."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from annotate.core.errors import Conflict, Phrase, SmartBlurError
from annotate.core.formats.format import Format, Options
from annotate.core.release import Item, Record, ReleaseFolder

_KEPT = ("LICENSE.txt", "CITATION.cff", "extras/sources.csv", "extras/withdrawn.csv")  # licences oblige


def export(
    release: ReleaseFolder,
    format: Format,
    out: Path,
    options: Options,
    *,
    keys: Collection[str] | None = None,
    may_link: bool = False,
    on_photo: Callable[[], None] = lambda: None,
) -> Path:
    """Write a release in a format as the folder `out`, which is complete or not there; `out`.

    Args:
        keys: of the photos that are written; None for all.
        may_link: files may be the release's own under another name. Not where people may change them.
        on_photo: called as each photo's turn comes; what it raises ends the export.

    Raises:
        SmartBlurError: the format only comes in, or what it needs is not installed.
        Conflict: `out` exists.
        InvalidRelease: the release is damaged.
    """
    if format.write is None:
        raise SmartBlurError("%(format)s can be read here, not written.", format=format.title, code="only_read")
    if out.exists():
        raise Conflict(Phrase("Something lies in %(folder)s already."), folder=str(out), code="folder_taken")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        watched = _watched(release, keys, on_photo)
        format.write(watched, part, options)
        for name in _KEPT:
            if (release.root / name).is_file():
                (part / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(release.root / name, part / name)
        _write_readme(release, format, part, out.name, photo_count=sum(watched.image_counts.values()))
        if not may_link:
            _unlink(part)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out


@dataclass(frozen=True, kw_only=True)
class _Watched(ReleaseFolder):
    """A release, or the chosen photos of it, that tells as each one's turn comes: a format goes through them once."""

    on_photo: Callable[[], None]
    unwatched: ReleaseFolder
    keys: Collection[str] | None

    def records(self, split: str | None = None) -> Iterator[Record]:
        for record in super().records(split):
            if self.keys is None or record.key in self.keys:
                self.on_photo()
                yield record

    def items(self, after: str = "") -> Iterator[Item]:
        return (item for item in self.unwatched.items(after) if self.keys is None or item.facts.key in self.keys)


def _watched(release: ReleaseFolder, keys: Collection[str] | None, on_photo: Callable[[], None]) -> ReleaseFolder:
    known = {field.name: getattr(release, field.name) for field in fields(release) if field.init}
    if keys is not None:
        chosen = Counter(record.split for record in release.records() if record.key in keys)
        known["image_counts"] = {split: chosen[split] for split in release.image_counts}
    return _Watched(**known, on_photo=on_photo, unwatched=release, keys=keys)


def _unlink(folder: Path) -> None:
    """Make every file one of its own: whoever changes it must not change a release."""
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_nlink > 1:
            own = path.with_name(f".{path.name}")
            shutil.copyfile(path, own)
            own.replace(path)


def export_name(release: ReleaseFolder, format: Format) -> str:
    """What an export's folder is called, such as ``smartblur-street-1.2.0-coco``."""
    return f"{release.manifest.folder_name}-{format.name}"


def _write_readme(release: ReleaseFolder, format: Format, folder: Path, name: str, *, photo_count: int) -> None:
    manifest, path = release.manifest, folder / "README.md"
    head = path.read_text("utf-8") if path.is_file() else ""
    levels = "\n".join(f"| {level.level} | {' '.join(level.name.split())} |" for level in manifest.levels)
    lost = "\n".join(f"- {sentence}" for sentence in format.loses) or "Nothing."
    whole = sum(release.image_counts.values())
    photos = str(whole) if photo_count == whole else f"{photo_count}, chosen from the {whole} of the release"
    text = f"""# {manifest.title} {manifest.version}: {format.title}

A copy of a SmartBlur release for readers of {format.title}. The release itself holds more; see "What is missing".

| | |
|---|---|
| release | {manifest.folder_name} |
| version | {manifest.version}, snapshot of {manifest.created} |
| content_id | `{release.content_id}` |
| photos | {photos} |
| licence of the labels | {manifest.license}; every photo has its own, see `extras/sources.csv` and `LICENSE.txt` |

Photos are named by their key, which is the same in the release. Keep `extras/sources.csv` with them: it names their
authors and licences. Whoever holds an earlier copy must delete the photos listed in `extras/withdrawn.csv`.

| level | name |
|---|---|
{levels}

{format.reading.strip().replace("FOLDER", name)}

## What is missing

{lost}
"""
    path.write_text(head + text, "utf-8")
