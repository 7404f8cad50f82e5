"""The SmartBlur format on disk: write, read, verify, pack. docs/release-format.md explains it.

written = write_release(folder, manifest, items, annotators=annotators, on_progress=tell)
release = read_release(folder)
for record in release.records("train"): release.load_photo(record), release.load_levels(record)
for item in release.items(): ...            # what was written, for an importer or another write_release
faults = verify_release(folder, "full")
"""

from annotate.core.release.archive import pack_release, unpack_release
from annotate.core.release.assemble import Written
from annotate.core.release.manifest import Annotator, Level, Manifest, Previous, Withdrawn, pseudonym
from annotate.core.release.older import SPLIT_1_0, OlderRecord, normal_form
from annotate.core.release.read import ReleaseFolder, read_release
from annotate.core.release.records import Facts, Item, Record, RegionsLine, VoteLine, undated
from annotate.core.release.verify import verify_release
from annotate.core.release.verify_standalone import FOLDER, SHARDS, SPLITS, Fault, key_of
from annotate.core.release.write import discard_partial, write_release

__all__ = [
    "FOLDER",
    "SHARDS",
    "SPLITS",
    "SPLIT_1_0",
    "Annotator",
    "Facts",
    "Fault",
    "Item",
    "Level",
    "Manifest",
    "OlderRecord",
    "Previous",
    "Record",
    "RegionsLine",
    "ReleaseFolder",
    "VoteLine",
    "Withdrawn",
    "Written",
    "discard_partial",
    "key_of",
    "normal_form",
    "pack_release",
    "pseudonym",
    "read_release",
    "undated",
    "unpack_release",
    "verify_release",
    "write_release",
]
