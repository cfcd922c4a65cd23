"""What the machine is doing for us: memory of the window and of its engines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import psutil
from psygnal import Signal

EVERY = 2.0  # seconds between samples


class MachineModel:
    """Samples memory when it is asked to.

    Parameters
    ----------
    engines : callable
        Gives the process ids of the engines that run.

    Attributes
    ----------
    window_bytes, engine_bytes, free_bytes : int
        Resident memory of this process and of all engines together, and what the machine has left.
    changed : Signal
        Emitted after each sample.
    """

    changed = Signal()

    def __init__(self, engines: Callable[[], Iterable[int]] = tuple) -> None:
        self._engines = engines
        self._window = psutil.Process()
        self.window_bytes = self.engine_bytes = self.free_bytes = 0

    def sample(self) -> None:
        """Look; takes well under a millisecond."""
        self.window_bytes = self._window.memory_info().rss
        self.engine_bytes = sum(map(_resident, self._engines()))
        self.free_bytes = psutil.virtual_memory().available
        self.changed.emit()

    @property
    def in_words(self) -> str:
        """Such as "Window 310 MB · Engine 1.2 GB"."""
        engine = f" · Engine {size_in_words(self.engine_bytes)}" if self.engine_bytes else ""
        return f"Window {size_in_words(self.window_bytes)}{engine}"


def _resident(process: int) -> int:
    try:
        return int(psutil.Process(process).memory_info().rss)
    except psutil.Error:
        return 0  # it has just ended


def size_in_words(size: float) -> str:
    """Bytes as people read them: "640 MB", "1.2 GB"."""
    megabytes = size / 1e6
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"
