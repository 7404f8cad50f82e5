"""The rows of a file of features that are nearest to one: exact, in blocks, however long the file.

Features are float32 rows of unit length, so that nearness is a product, the cosine. The file is read from the system's
page cache a block at a time: a process that searches grows by a block, not by the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

BLOCK = 2048  # rows read at once: of some 1 MB, which stay in a core's cache and which one thread multiplies

Floats = npt.NDArray[np.float32]


def unit_rows(features: npt.NDArray[np.floating]) -> Floats:
    """(N, D) features at length 1; a row of zeros stays one, near to nothing."""
    rows = features.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.maximum(lengths, np.float32(1e-12))
    return unit


def nearest(file: Path, feature: Floats, count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """The rows that are nearest to a feature, the nearest first, and their cosines; of equals the first rows.

    Args:
        file: float32 rows of unit length, one after another.
        feature: (D,) of unit length.
        count: how many rows, or all that there are.
    """
    block = np.empty((BLOCK, len(feature)), np.float32)
    rows, cosines = np.empty(0, np.int64), np.empty(0, np.float32)
    with file.open("rb", buffering=0) as source:
        start = 0
        while read := source.readinto(block.data.cast("B")) // block[0].nbytes:
            rows = np.concatenate([rows, np.arange(start, start + read)])
            cosines = np.concatenate([cosines, block[:read] @ feature])
            if len(rows) > count:
                best = _best(rows, cosines, count)
                rows, cosines = rows[best], cosines[best]
            start += read
    order = np.lexsort((rows, -cosines))
    return rows[order], cosines[order]


def _best(rows: npt.NDArray[np.int64], cosines: Floats, count: int) -> npt.NDArray[np.int64]:
    """The places of the `count` largest cosines; of equals at the edge, those of the first rows."""
    edge = np.partition(cosines, -count)[-count]
    above, at = np.flatnonzero(cosines > edge), np.flatnonzero(cosines == edge)
    return np.concatenate([above, at[np.argsort(rows[at])][: count - len(above)]])
