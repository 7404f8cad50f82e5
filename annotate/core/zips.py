"""How far a zip file may grow: one of photos, maps and text unpacks to a few times its size, a bomb to a thousand."""

import zipfile

MAX_RATIO = 200  # photos are compressed already
FREE_BYTES = 1 << 20  # of text that says one thing again and again


def most_unpacked(archive_bytes: int) -> int:
    """The most bytes that may come out of a zip file of this size."""
    return max(FREE_BYTES, MAX_RATIO * archive_bytes)


def files_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files that it lists, without folders and what has no name (of which `ZipInfo.is_dir` dies)."""
    return [entry for entry in archive.infolist() if entry.filename and not entry.is_dir()]
