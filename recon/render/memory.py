"""How glibc keeps memory that is freed; other C libraries are left as they are."""

from __future__ import annotations

import ctypes
import sys

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # names of malloc.h
LARGEST_KEPT = 32 << 20  # bytes of a block: glibc's largest
KEPT_IN_ALL = 1 << 30  # bytes
LARGE_BLOCK = 4 << 20


def keep_blocks() -> None:
    """Have what is freed kept: each step takes the same arrays again, and so does each picture.

    Otherwise memory goes back to the system, which clears every page anew.
    """
    _set(MMAP_THRESHOLD, LARGEST_KEPT)
    _set(TRIM_THRESHOLD, KEPT_IN_ALL)


def return_large_blocks() -> None:
    """Have every block of some megabytes given back all the same, for fits to many photographs.

    Otherwise images of each step are cut from the heap, between photographs that stay, and its holes add up: twice the
    memory, measured with 300 photographs of 1600x1200.
    """
    _set(MMAP_THRESHOLD, LARGE_BLOCK)


def _set(option: int, value: int) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(option, value)
