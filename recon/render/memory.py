"""One setting of the C library that keeps memory from growing while photographs come and go."""

from __future__ import annotations

import ctypes
import sys

MMAP_THRESHOLD_OPTION = -3  # M_MMAP_THRESHOLD of glibc's malloc.h
LARGE_BLOCK = 4 << 20


def return_large_blocks() -> None:
    """Have glibc give every block of some megabytes back to the system when it is freed.

    Left alone it raises that limit to 32 MB once such a block has been freed; images of each step are then cut from
    the heap, between photographs that stay, and its holes add up: twice the memory, measured with 300 photographs
    of 1600x1200.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries of Linux have none
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD_OPTION, LARGE_BLOCK)
