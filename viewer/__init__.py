"""The window: shows runs, splat files and captures. It never computes; an engine process draws for it.

`python -m viewer PATH...` opens it. Importing this package loads nothing.
"""

from __future__ import annotations

import ctypes
import sys


def _spare_constants() -> None:
    """Give None, True and False references that can be lost.

    PySide6 6.12 gives too many back: one to None with every call that returns nothing, and truths with some. Before
    Python 3.12, which counts them no more, the process dies as soon as none is left: after about ten thousand calls,
    which is minutes.
    """
    if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
        for constant in (None, True, False):
            ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40


_spare_constants()
