"""A release in another tool's format: a folder that says what it is, whose it is and what it has lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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
    may_link: bool = False,
    on_photo: Callable[[], None] = lambda: None,
) -> Path:
    """Write a release in a format as the folder `out`, which is complete or not there; `out`.

    Args:
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
        format.write(_watched(release, on_photo), part, options)
        for name in _KEPT:
            if (release.root / name).is_file():
                (part / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(release.root / name, part / name)
        _write_readme(release, format, part, out.name)
        if not may_link:
            _unlink(part)
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out


@dataclass(frozen=True, kw_only=True)
class _Watched(ReleaseFolder):
    """A release that tells as each photo's turn comes: each format goes through the records once."""

    on_photo: Callable[[], None]
    unwatched: ReleaseFolder

    def records(self, split: str | None = None) -> Iterator[Record]:
        for record in super().records(split):
            self.on_photo()
            yield record

    def items(self, after: str = "") -> Iterator[Item]:
        return self.unwatched.items(after)


def _watched(release: ReleaseFolder, on_photo: Callable[[], None]) -> ReleaseFolder:
    known = {field.name: getattr(release, field.name) for field in fields(release) if field.init}
    return _Watched(**known, on_photo=on_photo, unwatched=release)


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


def _write_readme(release: ReleaseFolder, format: Format, folder: Path, name: str) -> None:
    manifest, path = release.manifest, folder / "README.md"
    head = path.read_text("utf-8") if path.is_file() else ""
    levels = "\n".join(f"| {level.level} | {' '.join(level.name.split())} |" for level in manifest.levels)
    lost = "\n".join(f"- {sentence}" for sentence in format.loses) or "Nothing."
    text = f"""# {manifest.title} {manifest.version}: {format.title}

A copy of a SmartBlur release for readers of {format.title}. The release itself holds more; see "What is missing".

| | |
|---|---|
| release | {manifest.folder_name} |
| version | {manifest.version}, snapshot of {manifest.created} |
| content_id | `{release.content_id}` |
| photos | {sum(release.image_counts.values())} |
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
