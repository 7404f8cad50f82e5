"""Confusions as tables whose cells are the deeper the larger their share of the row."""

from collections.abc import Sequence
from typing import Any

MILLION = 1_000_000


def heat(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a confusion, each cell with its share of the row and how strongly it is coloured, 0 to 9."""
    rows = []
    for name, counts in zip(names, matrix, strict=True):
        total = sum(counts)
        shares = [count * MILLION // total if total else 0 for count in counts]
        cells = [
            {"count": count, "share_ppm": share, "heat": round(9 * share / MILLION)}
            for count, share in zip(counts, shares, strict=True)
        ]
        rows.append({"name": name, "cells": cells, "total": total})
    return rows
