"""Rows of a file that are not taken: each kind counted, and the first ones kept with file, place and reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from annotate.core.errors import Phrase, SmartBlurError

KEPT = 200


class Problems:
    """What was refused so far, as it is kept in a row of the database."""

    def __init__(self, kept: Sequence[Mapping[str, Any]] = (), counts: Mapping[str, int] | None = None) -> None:
        """Go on from what was kept before."""
        self.kept = list(kept)
        self.counts = Counter(counts or {})

    def add(self, refusal: SmartBlurError) -> None:
        """Count the refusal, and keep it if it is among the first; its sentence is put into words when it is read."""
        self.counts[refusal.code] += 1
        if len(self.kept) < KEPT:
            values = {name: str(value) if isinstance(value, str) else value for name, value in refusal.values.items()}
            phrases = [name for name, value in refusal.values.items() if isinstance(value, Phrase)]
            told = {"code": refusal.code, "where": refusal.where or "", "sentence": refusal.sentence}
            self.kept.append(told | ({"values": values, "phrases": phrases} if values else {}))

    def as_json(self) -> dict[str, Any]:
        """What the constructor takes."""
        return {"kept": self.kept, "counts": dict(self.counts)}


def told(problems: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The problems that were kept, by file and line, each as code, where and detail in the reader's language."""
    kept = (problems or {}).get("kept", [])
    return [_as_problem(each) for each in sorted(kept, key=lambda each: _in_order(each["where"]))]


def _in_order(where: str) -> list[tuple[int, str]]:
    """A key by which places come as they are read: line 9 before line 10."""
    parts = re.split(r"([0-9]{1,18})", where)
    return [(int(part), "") if number % 2 else (0, part) for number, part in enumerate(parts)]


def _as_problem(kept: Mapping[str, Any]) -> dict[str, str]:
    phrases = kept.get("phrases", ())
    values = {name: Phrase(value) if name in phrases else value for name, value in kept.get("values", {}).items()}
    refusal = SmartBlurError(kept["sentence"], **values)
    return {"code": kept["code"], "where": kept["where"], "detail": refusal.detail}
