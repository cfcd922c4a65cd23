"""Opens the window as `triptych view` does, prints when it is painted first, and closes it: `benchmarks.window` asks.

python -m benchmarks.first_paint PATH
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QMainWindow

from viewer.app import application, run


class FirstPaint(QObject):
    """Prints the time at which a main window is painted first, and closes it."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and isinstance(watched, QMainWindow) and not self._seen:
            self._seen = True
            print(time.time(), flush=True)
            QTimer.singleShot(0, watched, watched.close)
        return False


if __name__ == "__main__":
    watch = FirstPaint()
    application().installEventFilter(watch)
    run([Path(sys.argv[1])])
