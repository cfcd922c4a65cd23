"""A window to measure: opened, left to live, and what is found of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from viewer.app import Window


def wait(true: Callable[[], bool], seconds: float) -> None:
    """Let the window live until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not get there in time")
        QApplication.processEvents()
        time.sleep(0.002)


def live(seconds: float) -> None:
    """Let the window live for a while, in Qt's own loop."""
    loop = QEventLoop()  # the application's own closes all windows when it ends
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def tell(what: str, value: str, bar: str) -> None:
    print(f"{what:<66} {value:>12}   bar {bar}", flush=True)


def opened(paths: list[Path]) -> Window:
    """A window, when all that it will show is on screen."""
    window = Window(folder=Path(tempfile.mkdtemp(prefix="triptych-")))
    window.show()
    window.director.start_engine()
    window.open(paths)
    window.build_viewport()
    return window
