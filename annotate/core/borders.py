"""Where two people's border of one thing runs is a strip; each of its pixels goes to the side that is nearer."""

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, LevelMap

Mask = npt.NDArray[np.bool_]

REFERENCE_SIDE = 1024
WIDEST_PX = 16  # at REFERENCE_SIDE; where a strip is wider, people part about more than where a border runs


def sample(shape: tuple[int, ...], side: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows and columns that sample a map of this (H, W) evenly, so that its long side has at most `side` pixels."""
    ratio = min(1.0, side / max(shape))
    counts = [max(1, round(length * ratio)) for length in shape]
    rows, columns = ((2 * np.arange(n) + 1) * length // (2 * n) for n, length in zip(counts, shape, strict=True))
    return rows, columns


def share_out(low: LevelMap, high: LevelMap) -> None:
    """Raise `low` to `high` in those pixels of the strips between them that are nearer to what is settled as high.

    A strip is where `high` is one above `low`. Pixels from which either side is farther than WIDEST_PX are settled by
    nothing near: they are raised too, since people overlook blur more often than they see some where there is none.

    Args:
        low, high: (H, W) uint8; changed in place: `low`.
    """
    rows, columns = sample(low.shape, REFERENCE_SIDE)
    small_low, small_high = low[np.ix_(rows, columns)], high[np.ix_(rows, columns)]
    reach = max(1, round(WIDEST_PX * max(small_low.shape) / REFERENCE_SIDE))
    is_strip = low != high
    for level in np.unique(low[is_strip]):
        here = is_strip & (low == level)
        is_above = _nearer_above(small_low, small_high, int(level), reach)
        y, x = np.nonzero(here)
        sample_y = np.minimum(y * len(rows) // low.shape[0], len(rows) - 1)
        sample_x = np.minimum(x * len(columns) // low.shape[1], len(columns) - 1)
        low[y, x] += is_above[sample_y, sample_x]


def _nearer_above(low: LevelMap, high: LevelMap, level: int, reach: int) -> Mask:
    """(H, W) whether a pixel is settled above the level, or in the strip and nearer to that than to the other side."""
    strip = (low == level) & (high == level + 1)
    above = (low > level) & (low != IGNORE)
    below = (high <= level) & ~strip
    from_above, from_below = _steps(strip, above, reach), _steps(strip, below, reach)
    is_lost = np.maximum(from_above, from_below) > reach
    return np.asarray(above | (strip & ((from_above <= from_below) | is_lost)))


def _steps(strip: Mask, source: Mask, reach: int) -> npt.NDArray[np.uint8]:
    """(H, W) how many steps through the strip lead to the source; reach + 1 stands for more.

    Every second step may go over a corner, which comes close to a circle.
    """
    width = strip.shape[1] + 2
    is_open = np.pad(strip, 1).reshape(-1)
    steps = np.full(is_open.size, reach + 1, np.uint8)
    sides = np.array([-width, -1, 1, width])
    corners = np.concatenate([sides, [-width - 1, 1 - width, width - 1, width + 1]])
    front = np.flatnonzero(is_open & _has_neighbour(np.pad(source, 1)).reshape(-1))
    for step in range(1, reach + 1):
        steps[front] = step
        is_open[front] = False
        around = (front[:, None] + (corners if step % 2 else sides)).reshape(-1)
        front = np.unique(around[is_open[around]])
    return steps.reshape(-1, width)[1:-1, 1:-1]


def _has_neighbour(mask: Mask) -> Mask:
    """(H, W) whether a pixel beside it is set; the outermost pixels are not asked."""
    beside = np.zeros_like(mask)
    beside[1:-1, 1:-1] = mask[:-2, 1:-1] | mask[2:, 1:-1] | mask[1:-1, :-2] | mask[1:-1, 2:]
    return beside
