"""Which disputes are about a border only: two hands part on a soft one, and mean the same."""

from __future__ import annotations

from annotate.core.differences import part_by_borders_only
from annotate.models import Image
from annotate.services import reviews

BORDER_PX = 12  # of a photo whose long side is BORDER_SIDE: a hundredth, as two hands part on a soft border
BORDER_SIDE = 1024


def differs_by_border(image: Image) -> bool:
    """Whether everybody gave one word, that the merged map carries, and their maps part along borders only."""
    merged = image.consensus
    is_one_word = sum(count > 0 for count in merged.vote_counts) == 1
    is_carried = (sum(merged.level_px[1:]) > 0) == (merged.desirability != "none")
    if image.is_questioned or not (is_one_word and is_carried):
        return False
    step = max(1, max(image.size) // BORDER_SIDE)
    maps = [levels[step // 2 :: step, step // 2 :: step] for levels in reviews.submitted_maps(image)]
    return len(maps) > 1 and part_by_borders_only(maps, BORDER_PX)
