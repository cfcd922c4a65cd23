"""Garbage is collected on the window's thread alone.

Python collects it on whatever thread happens to make objects. What Qt and VTK made there would end beside the window's
thread, without its OpenGL context, and take the program along.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 500  # milliseconds
SETTLED = 10  # times, after which what the start has made is looked through no more: that would hold the window up


class GarbageCollector(QObject):
    """Collects as often as Python would, from a timer.

    Parameters
    ----------
    parent : QObject
        Lives on the window's thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._times = 0
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def _collect(self) -> None:
        self._times += 1
        if self._times == SETTLED:
            gc.freeze()
        due = zip(range(3), gc.get_count(), gc.get_threshold(), strict=True)
        generations = [generation for generation, count, threshold in due if threshold and count > threshold]
        if generations:
            gc.collect(max(generations))
