"""The process's heap: a network asks for the same large blocks again with every photo."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
KEPT_BYTES = 2**29
OLDER_MOST = 2**25  # the largest M_MMAP_THRESHOLD that glibc took before 2.35


def keep_freed_memory() -> None:
    """Keep up to 512 MiB of what is freed for the next to ask, in two arenas, whatever MALLOC_* variables say.

    To hand every block back to the system and fault it in again costs a tenth of a prediction's time, and half of it
    where the process was started by one whose heap is held small, as the site's are. Nothing is done without glibc.
    """
    if sys.platform != "linux":
        return
    with suppress(AttributeError):  # another libc
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, KEPT_BYTES) or mallopt(M_MMAP_THRESHOLD, OLDER_MOST)
        mallopt(M_ARENA_MAX, 2)
