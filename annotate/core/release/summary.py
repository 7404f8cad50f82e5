"""The numbers of a release, as its documents tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotate.core.release.verify_standalone import FOLDER, SPLITS

Statistics = Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was counted while a release was written.

    Attributes:
        statistics: split -> table -> name -> number, as in statistics.json.
        content_id: SHA-256 over the sorted records.
        checksums: path -> SHA-256 of the files that are written so far.
        changelog: CHANGELOG.md of the previous release, "" if there is none.
        layout: "folder" or "shards".
    """

    statistics: Statistics
    content_id: str
    checksums: Mapping[str, str]
    changelog: str = ""
    layout: str = FOLDER

    @property
    def splits(self) -> list[str]:
        """The splits that hold images."""
        return [split for split in SPLITS if split in self.statistics]

    def total(self, split: str, name: str) -> int:
        """A number of the split's table of totals; 0 for a split without images."""
        return self.statistics.get(split, {}).get("totals", {}).get(name, 0)

    def overall(self, table: str) -> dict[str, int]:
        """A table summed over all splits, ordered by name."""
        sums: dict[str, int] = {}
        for tables in self.statistics.values():
            for name, number in tables[table].items():
                sums[name] = sums.get(name, 0) + number
        return dict(sorted(sums.items()))
