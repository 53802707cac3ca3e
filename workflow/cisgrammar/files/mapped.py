"""Memory maps: what a job has read of a file need not stay in its memory."""

from __future__ import annotations

import mmap
from typing import Any


def release(array: Any) -> None:
    """Drop the pages of the read-only memory map that an array is a part of; nothing happens to any other array.

    Whoever walks through a genome calls it after each stretch: pages that were read count as the job's own memory (as
    they do for schedulers), though the file holds them. Reading them again is right, and takes a moment.
    """
    flags = getattr(array, "flags", None)
    if flags is None or flags.writeable:
        return
    while array is not None and not isinstance(array, mmap.mmap):
        array = getattr(array, "base", None)
    if array is not None and hasattr(mmap, "MADV_DONTNEED"):
        array.madvise(mmap.MADV_DONTNEED)
