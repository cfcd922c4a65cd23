"""Starts the window: the application, the first look at it, and what closes it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication

from recon.errors import DeviceUnavailable, InputError, ResourceError, TriptychError
from viewer.garbage import GarbageCollector
from viewer.panels.style import apply_style
from viewer.viewport.opengl import opengl_renderer, surface_format
from viewer.window import USUAL_SIZE, Window

POLL = 100  # milliseconds between looks at whether a screenshot can be taken
GROWN_UP = 500  # milliseconds for the last thumbnails to reach the screen


def run(paths: Sequence[Path], screenshot: Path | None = None, size: QSize = USUAL_SIZE) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    paths : sequence of Path
        What to open; without any, the window offers what was open last.
    screenshot : Path, optional
        Write a picture of the window there once everything is drawn in full, and close it.
    size : QSize
        Of the window, in device-independent pixels.

    Returns
    -------
    int
        Exit code.
    """
    app = application()
    if opengl_renderer() is None:
        raise DeviceUnavailable("This display offers no OpenGL 3.2, which the window needs. Check its driver.")
    window = Window()
    if screenshot or size != USUAL_SIZE:
        window.resize(size)
    window.appeared.connect(lambda: _begin(window, paths))
    window.show()
    interrupts = _close_on_interrupt(window)
    if screenshot:
        photographer = _Photographer(window, screenshot)
    code = app.exec()
    interrupts.stop()
    if screenshot and photographer.failure:
        raise photographer.failure
    return code


def _begin(window: Window, paths: Sequence[Path]) -> None:
    window.director.start_engine()
    window.open(paths)
    window.build_viewport()


class _Photographer(QObject):
    """Waits until the window is settled, takes its picture and closes it."""

    def __init__(self, window: Window, path: Path) -> None:
        super().__init__(window)
        self.failure: TriptychError | None = None
        self._window = window
        self._path = path
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        window = self._window
        stopped = window.model.engine.condition == "stopped"
        self.failure = window.failure or (ResourceError(window.model.engine.message) if stopped else None)
        if self.failure:
            self._timer.stop()
            window.leave()
        elif window.panes is not None and window.settled:
            self._timer.stop()
            QTimer.singleShot(GROWN_UP, self, self._take)

    def _take(self) -> None:
        if not self._window.grab().save(str(self._path)):
            self.failure = InputError(f"The picture could not be written to {self._path}.")
        self._window.leave()


def application() -> QApplication:
    """Make the one application, as VTK and our look need it."""
    # Without shared contexts a viewport stays black once it is moved to another window.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    # It must be set before the first window is made.
    QSurfaceFormat.setDefaultFormat(surface_format())
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("Triptych")
    apply_style(app)
    if app.findChild(GarbageCollector) is None:
        GarbageCollector(app)
    return app


def _close_on_interrupt(window: Window) -> QTimer:
    """Let Ctrl-C in the terminal close the window; Python sees signals only while it runs, hence the timer."""
    signal.signal(signal.SIGINT, lambda *_: window.leave())
    timer = QTimer(window, interval=200)
    timer.timeout.connect(lambda: None)
    timer.start()
    return timer
