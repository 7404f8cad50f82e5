"""The SmartBlur format on disk: write, read, verify, pack. docs/release-format.md explains it.

written = write_release(folder, manifest, items, annotators=..., on_progress=print)
release = read_release(folder)
for record in release.records("train"): release.image_path(record), release.levels_path(record)
for item in release.items(): ...            # what was written, for an importer or another write_release
faults = verify_release(folder, "full")
"""

from annotate.core.release.manifest import Annotator, Level, Manifest, Previous, Withdrawn, pseudonym
from annotate.core.release.records import Facts, Item, Record, RegionsLine, VoteLine

__all__ = [
    "Annotator",
    "Facts",
    "Item",
    "Level",
    "Manifest",
    "Previous",
    "Record",
    "RegionsLine",
    "VoteLine",
    "Withdrawn",
    "pseudonym",
]
