"""The window: shows runs, splat files and captures. It never computes; an engine process draws for it.

`python -m viewer PATH...` opens it. Importing this package loads nothing.
"""

from __future__ import annotations

import ctypes
import sys


def _spare_none() -> None:
    """Give None references that can be lost.

    PySide6 6.12 gives one back too many on every call that returns nothing. Before Python 3.12, which counts them no
    more, the process dies as soon as none is left: after about ten thousand calls, which is minutes.
    """
    if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40


_spare_none()
