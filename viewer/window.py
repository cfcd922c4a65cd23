"""The window: panes in the middle, panels in docks around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QPaintEvent
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QGridLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from recon.errors import InputError, TriptychError
from viewer.actions import commands_of
from viewer.docks import Docks
from viewer.engine.backend import SplatBackend
from viewer.engine.process import Backend
from viewer.model.autosave import user_folder
from viewer.model.block_editing import BlockModel
from viewer.model.camera_path import CameraPathModel
from viewer.model.editing import EditModel
from viewer.model.error_report import ErrorReport
from viewer.model.mesh_editing import MeshEditModel
from viewer.model.opening import NotOpened, sample_scene
from viewer.panels.alignment import PickingHint
from viewer.panels.drops import DropTarget
from viewer.panels.error_report import ErrorReportPanel
from viewer.panels.menus import Menus
from viewer.panels.opening_strip import OpeningStrip
from viewer.panels.question import QuestionLine
from viewer.panels.register_hint import RegisterHint
from viewer.panels.status import Banner, StatusLine
from viewer.panels.style import Theming
from viewer.panels.toolbar import Toolbar
from viewer.panels.welcome import WelcomePage
from viewer.thread import WindowThread
from viewer.wiring import Workspace

if TYPE_CHECKING:
    from viewer.panels.palette import CommandPalette
    from viewer.panels.screenshot import ScreenshotPanel
    from viewer.panels.shortcuts import ShortcutSheet
    from viewer.viewport.gestures import Gestures
    from viewer.viewport.pane_grid import PaneGrid

USUAL_SIZE = QSize(1280, 800)
SAID_FOR = 4000  # milliseconds that the status line says why something cannot be done
LEAVING = "{name} is still training, at step {step:,} of {total:,}. It is saved first, and can be resumed later."


class Window(QMainWindow):
    """The window.

    Parameters
    ----------
    make_backend : callable
        Makes what draws, inside the engine process.
    folder : Path, optional
        Where sessions, settings and notes on captures are kept; the user's own unless told.

    Attributes
    ----------
    appeared : Signal
        Emitted once the window has been painted: what takes long can begin.
    """

    appeared = Signal()

    def __init__(self, make_backend: Callable[[], Backend] = SplatBackend, folder: Path | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Triptych")
        self.resize(USUAL_SIZE)
        self._thread = WindowThread()
        self.workspace = Workspace(make_backend, self._thread.post, folder or user_folder())
        self.model, self.director, self.engines = (
            self.workspace.model,
            self.workspace.director,
            self.workspace.engines,
        )
        self._theming = Theming(QApplication.instance(), self.workspace.settings)
        self.panes: PaneGrid | None = None
        self._gestures: list[Gestures] = []
        self._palette: CommandPalette | None = None
        self._shortcuts: ShortcutSheet | None = None
        self._screenshot: ScreenshotPanel | None = None
        self._leaving = self._painted = False
        self._build()
        self._listen()

    # What commands and the command line ask for

    def open(self, paths: Sequence[Path]) -> None:
        """Open paths; nothing where there is none."""
        if paths:
            self.workspace.open(paths)

    def open_files(self) -> None:
        """Ask for files, and open them."""
        dialog = self._dialog("Open files", QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.open()

    def open_folder(self) -> None:
        """Ask for a folder, and open it."""
        dialog = self._dialog("Open a capture, a run or a folder of photographs", QFileDialog.FileMode.Directory)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.open()

    def open_sample(self) -> None:
        """Open the capture that comes with Triptych."""
        sample = sample_scene()
        if sample is not None:
            self.open([sample])

    def show_palette(self) -> None:
        """Let any command be found by its name."""
        from viewer.panels.palette import CommandPalette

        self._palette = self._palette or CommandPalette(self.commands, self)
        self._palette.open()

    def show_shortcuts(self) -> None:
        """List all shortcuts."""
        from viewer.panels.shortcuts import ShortcutSheet

        self._shortcuts = self._shortcuts or ShortcutSheet(self.commands, self)
        self._shortcuts.open()

    def show_screenshot(self) -> None:
        """Offer to take a picture."""
        from viewer.panels.screenshot import ScreenshotPanel

        if self._screenshot is None:
            self._screenshot = ScreenshotPanel(self.workspace.screenshot)
            self._screenshot.setParent(self, Qt.WindowType.Popup)
            self._screenshot.copy_clicked.connect(self.copy_view)
        self._screenshot.adjustSize()
        corner = QPoint(self._stage.width() - self._screenshot.width() - 12, 12)
        self._screenshot.move(self._stage.mapToGlobal(corner))
        self._screenshot.show()

    def copy_view(self) -> None:
        """Put what the panes show on the clipboard."""
        if self.panes is not None:
            QGuiApplication.clipboard().setImage(_image(self.panes.picture()))

    def save_picture(self, path: Path) -> None:
        """Write what the panes show, all of them as they stand."""
        if self.panes is not None and not _image(self.panes.picture()).save(str(path)):
            self.workspace.tell(f"The picture could not be written to {path}. Choose another folder.")

    def undo(self) -> None:
        """Take back a step."""
        self.history.undo()

    def redo(self) -> None:
        """Take a step again."""
        self.history.redo()

    @property
    def history(self) -> EditModel | BlockModel | MeshEditModel | CameraPathModel:
        """Where steps are taken back: the camera path where that is worked on, else the edits of what is active."""
        at = self.focusWidget()
        on_path = at is not None and self.docks.is_shown("timeline") and self.docks.panel("timeline").isAncestorOf(at)
        if on_path:
            return self.workspace.path
        return self.workspace.either.history

    def build_viewport(self) -> None:
        """Load PyVista, and put panes and panels in their place: once the window is on screen, for it takes long."""
        from viewer.viewport.pane_grid import PaneGrid

        workspace = self.workspace
        self.docks.build()
        panes = PaneGrid(self.model, workspace.photos, workspace.meshes, workspace.shades, workspace.blocks)
        self._stage.layout().replaceWidget(self._placeholder, panes)
        self._placeholder.deleteLater()
        for over in (self._banner, self._hint, self._registering):
            over.raise_()
        self.panes = panes
        panes.redraw_wanted.connect(self.director.redraw)
        panes.screens_changed.connect(self._on_screens_changed)
        panes.picked.connect(workspace.capture.add_measured_point)
        self._on_screens_changed()

    @property
    def settled(self) -> bool:
        """Whether everything that will be shown is on screen."""
        return self.workspace.settled

    @property
    def failure(self) -> TriptychError | None:
        """Why something could not be opened."""
        failures = self.workspace.opening.failures
        return InputError(failures[-1].message) if failures else None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Tell once that the window is on screen."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, lambda: self.appeared.emit() if self.isVisible() else None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Have nothing drawn while the window is minimised, and all when it is back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.director.redraw()

    def leave(self) -> None:
        """Close without asking."""
        self._leaving = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Ask where a run is going on; then end what was started: engines, reading thread, OpenGL."""
        run = self.workspace.run
        if run.active and not self._leaving:
            event.ignore()
            name = run.path.name if run.path else "A run"
            sentence = LEAVING.format(name=name, step=run.step, total=run.total_steps)
            self._question.ask(sentence, "Save and close", "Stay", self.leave)
            return
        self.docks.keep()
        self.hide()
        self._thread.stop()
        self.director.show_on(())
        self.workspace.close()
        if self.panes is not None:
            self.panes.shut_down()
        super().closeEvent(event)

    # Building

    def _build(self) -> None:
        workspace = self.workspace
        # A window that is to hold OpenGL later must hold some from the start: Qt would have to make it anew otherwise.
        self._placeholder = QOpenGLWidget()
        self._banner, self._hint = Banner(self.model), PickingHint(workspace.capture)
        self._registering = RegisterHint(workspace.register)
        self._question, self._report = QuestionLine(), ErrorReportPanel()
        self._strip = OpeningStrip(workspace.opening)
        self._welcome = WelcomePage(workspace.recent, workspace.session)
        self._build_middle()
        self.docks = Docks(self, workspace)
        self.commands = commands_of(self)
        self.menus = Menus(self, self.commands)
        self._toolbar = Toolbar(self.commands)
        self.addToolBar(self._toolbar)
        self._toolbar.hide()
        self.setStatusBar(StatusLine(self.model, workspace.machine, workspace.tasks.list))
        self._drops = DropTarget(self)
        self.commands.recent = self._recent_commands()

    def _build_middle(self) -> None:
        self._stage = QWidget()
        stage = QGridLayout(self._stage)
        stage.setContentsMargins(0, 0, 0, 0)
        stage.addWidget(self._placeholder, 0, 0)
        stage.addWidget(self._banner, 0, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        stage.addWidget(self._hint, 0, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        # Below, for the headers of panes say which result is which.
        stage.addWidget(self._registering, 0, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._welcome)
        self._pages.addWidget(self._stage)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self._question, self._strip):
            column.addWidget(widget)
        column.addWidget(self._pages, stretch=3)
        column.addWidget(self._report, stretch=2)
        self.setCentralWidget(middle)

    def _listen(self) -> None:
        workspace, welcome = self.workspace, self._welcome
        welcome.open_files_clicked.connect(self.open_files)
        welcome.open_folder_clicked.connect(self.open_folder)
        welcome.sample_clicked.connect(self.open_sample)
        welcome.continue_clicked.connect(workspace.continue_last)
        welcome.open_wanted.connect(self.open)
        self._drops.dropped.connect(self.open)
        self._strip.report_wanted.connect(self._on_report_wanted)
        self._banner.restart_clicked.connect(self.director.start_engine)
        self.commands.used.connect(self._on_command_used)
        self.commands.refused.connect(self._on_command_refused)
        workspace.showing.shown.connect(self._on_shown)
        workspace.training.begun.connect(lambda _: self.docks.show("curves"))

    def _recent_commands(self) -> list[str]:
        recent = self.workspace.session.now.tools.get("commands", [])
        return [name for name in recent if name in self.commands] if isinstance(recent, list) else []

    def _on_command_refused(self, name: str) -> None:
        command = self.commands[name]
        self.statusBar().showMessage(command.needs or f"{command.title} cannot be done now.", SAID_FOR)

    def _on_command_used(self, _: str) -> None:
        session = self.workspace.session
        session.keep(tools={**session.now.tools, "commands": list(self.commands.recent)})

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title, str(self.workspace.settings.folder_for("open")))
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _on_chosen(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        self.workspace.settings.remember_folder("open", paths[0].parent)
        self.open(paths)

    def _on_shown(self) -> None:
        scene = self.model.scene
        cameras = self.workspace.cameras
        title = scene.title if scene else cameras.photographs.path.name if cameras.photographs else ""
        self.setWindowTitle(f"{title} · Triptych" if title else "Triptych")
        self._pages.setCurrentWidget(self._stage)
        self._toolbar.show()
        self.docks.unfold()

    def _on_screens_changed(self) -> None:
        from viewer.viewport.block_gestures import BlockGestures
        from viewer.viewport.gestures import Gestures
        from viewer.viewport.mesh_gestures import MeshGestures
        from viewer.viewport.pair_marks import PairMarks

        if self.panes is None:
            return
        for index, viewport in enumerate(self.panes.viewports[len(self._gestures) :], len(self._gestures)):
            key = lambda index=index: self.model.compare.panes[index].content.key  # noqa: E731
            gestures = Gestures(viewport.overlay, viewport.canvas, self.workspace.edit, viewport.camera, key)
            self._gestures.append(gestures)
            BlockGestures(viewport.overlay, viewport.canvas, self.workspace.blocks, viewport.camera, key)
            MeshGestures(viewport.overlay, viewport.canvas, self.workspace.mesh, viewport.camera, key)
            PairMarks(viewport.overlay, self.workspace.register, viewport.camera, key)
            viewport.picked.connect(lambda point, key=key: self.workspace.register.pick(key(), point))
        self.director.show_on(self.panes.viewports)

    def _on_report_wanted(self, failure: NotOpened) -> None:
        self._report.show_report(ErrorReport(failure.message, failure.report, self.model.engine.device))


def _image(pixels: NDArray[np.uint8]) -> QImage:
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
