"""Memory maps of files whose pages are given back now and then, so that reading all of a file keeps little of it.

A page that is read through a map counts as memory of the process until it is unmapped, although the kernel may drop it
at any time; schedulers that count resident memory would stop a job that reads a genome from end to end.
"""

from __future__ import annotations

import mmap
from typing import Any

MOST = 64 << 20
"""Bytes of a map that may have been read before its pages are given back."""
AROUND = 1 << 16
"""Bytes that Linux maps around a page that is read."""

_read: dict[int, int] = {}


def count_read(array: Any, pieces: int, size: int) -> None:
    """Count pieces of `size` bytes that were read from an array, and give its pages back once they are many.

    Reading them again costs a fault, not the disk. Arrays that are no memory map are left alone.

    Parameters
    ----------
    array
        A numpy array, or a view of one.
    pieces, size
        How many stretches were read, and how long each is.
    """
    found = _map_of(array)
    if found is None:
        return
    total = _read.get(id(found), 0) + pieces * (size + AROUND)
    if total >= MOST:
        total = 0
        if hasattr(found, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
            found.madvise(mmap.MADV_DONTNEED)
    _read[id(found)] = total


def release(array: Any) -> None:
    """Give the pages of an array's map back at once: for whoever walks through a genome, after each stretch."""
    found = _map_of(array)
    if found is not None and hasattr(mmap, "MADV_DONTNEED"):
        found.madvise(mmap.MADV_DONTNEED)


def _map_of(array: Any) -> mmap.mmap | None:
    """The read-only map that an array is a view of; None if there is none."""
    if getattr(getattr(array, "flags", None), "writeable", True):
        return None  # What was written to a private copy would be lost.
    while array is not None and not isinstance(array, mmap.mmap):
        array = array.obj if isinstance(array, memoryview) else getattr(array, "base", None)
    return array
