"""The maps that several people drew of one photo, where a release's merged map comes from more than one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE, rasterize
from annotate.core.regions import parse_document
from annotate.core.release import Item, ReleaseFolder

Documents = Sequence[Mapping[str, Any]]


def documents_of_several(release: ReleaseFolder, split: str) -> dict[str, Documents]:
    """Key -> the documents that were merged, of the photos of a split that several people drew.

    Raises:
        InvalidRelease: the tables of regions or steps are damaged.
    """
    if not any(record.level_annotators > 1 for record in release.records(split)):
        return {}
    merged = {item.facts.key: merged_documents(item) for item in release.items() if item.facts.split == split}
    return {key: documents for key, documents in merged.items() if len(documents) > 1}


def merged_documents(item: Item) -> Documents:
    """The region documents that lineage says the photo's map was merged from."""
    step: Mapping[str, Any] = next((step for step in item.lineage if step.get("step") == "consensus"), {})
    drawn = {line.annotation: line.document for line in item.annotations}
    return [drawn[name] for name in step.get("levels_from", ()) if name in drawn]


def paint_each(documents: Documents, level_count: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, M) the map of each of M people, 255 where one said nothing.

    Raises:
        InvalidDocument: one of them is no region document.
    """
    painted = [rasterize(parse_document(document, level_count=level_count), size) for document in documents]
    return np.stack(painted, -1)


def mean_above(people: NDArray[np.uint8], levels: NDArray[np.uint8], level_count: int) -> NDArray[np.float32]:
    """(K-1, H, W) share of the people who say level > k; of `levels` where nobody says anything.

    Args:
        people: (H, W, M) levels, 255 where one said nothing.
        levels: (H, W) the merged map.
        level_count: K.
    """
    steps = np.arange(level_count - 1)[:, None, None]
    said = people != IGNORE  # (H, W, M)
    voices = said.sum(-1)  # (H, W)
    agreeing = ((people > steps[..., None]) & said).sum(-1)  # (K-1, H, W)
    merged = (levels > steps) & (levels != IGNORE)
    share: NDArray[np.float32] = np.where(voices > 0, agreeing / np.maximum(voices, 1), merged).astype(np.float32)
    return share
