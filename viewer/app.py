"""Wires models, engine, viewport and panels together; nothing else knows all of them."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication, QGridLayout, QMainWindow, QSplitter, QWidget

from recon.errors import DeviceUnavailable, InputError, ResourceError, TriptychError
from viewer.engine.backend import SplatBackend
from viewer.engine.director import Director
from viewer.engine.engines import Engines
from viewer.engine.process import Backend
from viewer.model import Photos, Scene, WindowModel, open_scene
from viewer.model.capture import CaptureModel
from viewer.model.machine import MachineModel
from viewer.model.meshes import Meshes
from viewer.model.task_list import TaskListModel
from viewer.panels.photo_panel import PhotoPanel
from viewer.panels.status import Banner, StatusLine
from viewer.panels.style import apply_style
from viewer.panels.toolbar import Toolbar
from viewer.viewport.opengl import opengl_renderer, surface_format

USUAL_SIZE = QSize(1280, 800)
LARGEST_PHOTO = 2048
POLL = 100  # milliseconds between looks at whether a screenshot can be taken
GROWN_UP = 500  # milliseconds for the last thumbnails to reach the screen

Call = Callable[[], None]


class WindowThread(QObject):
    """Runs functions on the window's thread, whichever thread they come from."""

    _called = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._stopped = False
        self._called.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Call) -> None:
        """Run a function there, later."""
        self._called.emit(call)

    def stop(self) -> None:
        """Run nothing from now on: what the calls would touch is gone."""
        self._stopped = True

    def _run(self, call: Call) -> None:
        if not self._stopped:
            call()


class Window(QMainWindow):
    """The window.

    Parameters
    ----------
    make_backend : callable
        Makes what draws, inside the engine process.
    """

    def __init__(self, make_backend: Callable[[], Backend] = SplatBackend) -> None:
        super().__init__()
        self.setWindowTitle("Triptych")
        self.resize(USUAL_SIZE)
        self._thread = WindowThread()
        self.model = WindowModel()
        self.capture = CaptureModel()
        self.photos = Photos(self._thread.post)
        self.meshes = Meshes(self.model, self._thread.post)
        self.engines = Engines(make_backend, self._thread.post)
        self.director = Director(self.model, self.engines)
        self.panes: QWidget | None = None
        self.failure: TriptychError | None = None
        self._thumbnails_done = False
        self._photo_awaited = False
        self._build()
        self.model.events.selected.connect(self._on_selected_changed)

    def open(self, paths: Sequence[Path]) -> None:
        """Open a run, a splat file or a capture beside the window's thread."""
        names = ", ".join(path.name for path in paths)
        self.model.loading = f"Opening {names} …"

        def load() -> None:
            try:
                scene = open_scene(paths)
            except TriptychError as error:
                self._thread.post(lambda error=error: self._on_not_opened(error))
            else:
                self._thread.post(lambda: self._on_opened(scene))

        threading.Thread(target=load, name="open", daemon=True).start()

    def build_viewport(self) -> None:
        """Load PyVista and put the panes in their place: done once the window is on screen, for it takes a second."""
        from viewer.viewport.pane_grid import PaneGrid

        panes = PaneGrid(self.model, self.photos, self.meshes)
        self._stage.layout().replaceWidget(self._placeholder, panes)
        self._placeholder.deleteLater()
        self._banner.raise_()
        self.panes = panes
        panes.redraw_wanted.connect(self.director.redraw)
        panes.screens_changed.connect(lambda: self.director.show_on(panes.viewports))
        self.director.show_on(panes.viewports)

    @property
    def settled(self) -> bool:
        """Whether everything that will be shown is on screen."""
        idle = self._thumbnails_done and not self._photo_awaited and not self.meshes.pending
        return self.director.settled and idle

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """End what was started: engine, reading thread, OpenGL."""
        self.hide()
        self._thread.stop()
        self.engines.close()
        self.photos.close()
        self.meshes.close()
        if self.panes is not None:
            self.panes.shut_down()
        super().closeEvent(event)

    def _build(self) -> None:
        # A window that is to hold OpenGL later must hold some from the start: Qt would have to make it anew otherwise.
        self._placeholder = QOpenGLWidget()
        self._banner = Banner(self.model)
        self._banner.restart_clicked.connect(self.director.start_engine)
        self._stage = QWidget()
        layout = QGridLayout(self._stage)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._placeholder, 0, 0)
        layout.addWidget(self._banner, 0, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        splitter = QSplitter()
        splitter.setHandleWidth(1)
        splitter.addWidget(self._stage)
        splitter.addWidget(PhotoPanel(self.model, self.capture, self.photos))
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([USUAL_SIZE.width() - 400, 400])
        splitter.setChildrenCollapsible(False)
        self.addToolBar(Toolbar(self.model))
        self.setCentralWidget(splitter)
        self.setStatusBar(StatusLine(self.model, MachineModel(self._engines), TaskListModel()))

    def _engines(self) -> list[int]:
        engines = self.engines
        return [pid for pid in (engines.pid, *map(engines.run_pid, engines.running)) if pid is not None]

    def _on_opened(self, scene: Scene) -> None:
        self.model.loading = ""
        self.setWindowTitle(f"{scene.title} · Triptych")
        self.capture.show(scene.capture)
        self.photos.show(scene.views, self._on_thumbnails_done)
        self.director.show_scene(scene)

    def _on_not_opened(self, error: TriptychError) -> None:
        self.model.loading = ""
        self.model.notice = str(error)
        self.failure = error

    def _on_thumbnails_done(self) -> None:
        QTimer.singleShot(GROWN_UP, self, lambda: setattr(self, "_thumbnails_done", True))

    def _on_selected_changed(self, name: str | None) -> None:
        view = self.model.selected_view
        self.model.photo = None
        self._photo_awaited = view is not None
        if view:
            self.photos.read(view, LARGEST_PHOTO, lambda pixels: self._on_photo_read(name, pixels))

    def _on_photo_read(self, name: str | None, pixels: object) -> None:
        if name == self.model.selected:
            self._photo_awaited = False
            self.model.photo = pixels


def run(paths: Sequence[Path], screenshot: Path | None = None, size: QSize = USUAL_SIZE) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    paths : sequence of Path
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
    window.resize(size)
    window.show()
    window.director.start_engine()
    window.open(paths)
    QTimer.singleShot(0, window, window.build_viewport)
    interrupts = _close_on_interrupt(window)
    if screenshot:
        photographer = _Photographer(window, screenshot)
    code = app.exec()
    interrupts.stop()
    if screenshot and photographer.failure:
        raise photographer.failure
    return code


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
        if self.failure or window.settled:
            self._timer.stop()
            if not self.failure and not window.grab().save(str(self._path)):
                self.failure = InputError(f"The picture could not be written to {self._path}.")
            window.close()


def application() -> QApplication:
    """Make the one application, as VTK and our look need it."""
    # Without shared contexts a viewport stays black once it is moved to another window.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    # It must be set before the first window is made.
    QSurfaceFormat.setDefaultFormat(surface_format())
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("Triptych")
    apply_style(app)
    return app


def _close_on_interrupt(window: Window) -> QTimer:
    """Let Ctrl-C in the terminal close the window; Python sees signals only while it runs, hence the timer."""
    signal.signal(signal.SIGINT, lambda *_: window.close())
    timer = QTimer(window, interval=200)
    timer.timeout.connect(lambda: None)
    timer.start()
    return timer
