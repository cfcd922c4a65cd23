"""The panels around the panes, in docks that can be moved, tabbed, floated and hidden."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QTabWidget, QWidget

from viewer.panels.capture_page import CapturePage
from viewer.panels.curves import CurvesPanel
from viewer.panels.edit import EditPanel
from viewer.panels.export import ExportPanel
from viewer.panels.find_cameras import FindCamerasPage
from viewer.panels.log import LogPanel
from viewer.panels.photo_panel import PhotoPanel
from viewer.panels.run_tree import RunTreePanel
from viewer.panels.timeline import Timeline
from viewer.panels.tune import TunePanel
from viewer.panels.views_table import ViewsPanel

if TYPE_CHECKING:
    from viewer.wiring import Workspace

LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)
# id: title, area, whether it is there from the start; the first of an area lies on top
PLACES: Mapping[str, tuple[str, Qt.DockWidgetArea, bool]] = {
    "capture": ("Capture", LEFT, True),
    "runs": ("Runs", LEFT, True),
    "tune": ("Tune", RIGHT, True),
    "photo": ("Photo", RIGHT, True),
    "edit": ("Edit", RIGHT, True),
    "export": ("Export", RIGHT, True),
    "curves": ("Curves", BOTTOM, False),
    "views": ("Test views", BOTTOM, False),
    "timeline": ("Timeline", BOTTOM, False),
    "log": ("Log", BOTTOM, False),
}
SIDE_WIDTH, BOTTOM_HEIGHT = 330, 230  # pixels at first
LAYOUT, GEOMETRY = "docks", "window"


class Docks:
    """Makes the panels and their docks; all are hidden until something is open.

    Parameters
    ----------
    window : QMainWindow
    workspace : Workspace
    """

    def __init__(self, window: QMainWindow, workspace: Workspace) -> None:
        self._window = window
        self._workspace = workspace
        self._folded = True
        window.setDockNestingEnabled(True)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self._panels = self._made()
        self._docks = {name: self._dock(name) for name in PLACES}
        self._tabify()
        geometry = workspace.session.now.layout.get(GEOMETRY)
        if geometry:
            window.restoreGeometry(geometry)

    def panel(self, name: str) -> QWidget:
        """The panel of that id."""
        return self._panels[name]

    def show(self, name: str) -> None:
        """Bring a panel to the front."""
        if not self._folded:
            self._docks[name].show()
            self._docks[name].raise_()

    def is_shown(self, name: str) -> bool:
        """Whether a panel is not hidden; it may lie behind another."""
        return not self._docks[name].isHidden()

    def toggle(self, name: str) -> None:
        """Bring a panel to the front, or hide it where it is there."""
        front = not self._docks[name].visibleRegion().isEmpty()
        self._docks[name].hide() if front else self.show(name)

    def toggle_all(self) -> None:
        """Leave the whole window to the panes, or bring the panels back."""
        shown = [dock for dock in self._docks.values() if not dock.isHidden()]
        if shown:
            self._before = self._window.saveState()
            for dock in shown:
                dock.hide()
        elif self._before is not None:
            self._window.restoreState(self._before)
        else:
            self._lay_out()

    def reset(self) -> None:
        """Put every panel where it was at first."""
        for name, (_, area, _) in PLACES.items():
            self._docks[name].setFloating(False)
            self._window.addDockWidget(area, self._docks[name])
        self._tabify()
        self._lay_out()

    def unfold(self) -> None:
        """Show the panels as they were last time; the first time as we would have them."""
        if not self._folded:
            return
        self._folded = False
        layout = self._workspace.session.now.layout.get(LAYOUT)
        if not (layout and self._window.restoreState(layout)):
            self._lay_out()

    def keep(self) -> None:
        """Remember how they stand."""
        layout = dict(self._workspace.session.now.layout)
        layout[GEOMETRY] = self._window.saveGeometry().data()
        if not self._folded:
            layout[LAYOUT] = self._window.saveState().data()
        self._workspace.session.keep(layout=layout)

    _before = None

    def _made(self) -> dict[str, QWidget]:
        work = self._workspace
        pages = QStackedWidget()
        pages.addWidget(CapturePage(work.model, work.capture, work.photos))
        cameras = FindCamerasPage(work.cameras)
        cameras.open_wanted.connect(lambda path: work.open([path]))
        pages.addWidget(cameras)
        work.cameras.events.photographs.connect(lambda offered: pages.setCurrentIndex(int(offered is not None)))
        runs = RunTreePanel(work.tree)
        runs.open_requested.connect(lambda path: work.open([path]))
        runs.compare_requested.connect(work.compare_run)
        runs.fork_requested.connect(self._on_fork_requested)
        runs.resume_requested.connect(work.tune.resume)
        runs.curves_requested.connect(self._on_curves_requested)
        views = ViewsPanel(work.views)
        views.picture_wanted.connect(self._window.save_picture)
        return {
            "capture": pages,
            "runs": runs,
            "tune": TunePanel(work.tune),
            "photo": PhotoPanel(work.model),
            "edit": EditPanel(work.edit),
            "export": ExportPanel(work.export),
            "curves": CurvesPanel(work.board),
            "views": views,
            "timeline": Timeline(work.filming),
            "log": LogPanel(work.log),
        }

    def _dock(self, name: str) -> QDockWidget:
        title, area, _ = PLACES[name]
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(self._panels[name])
        dock.setTitleBarWidget(QWidget())  # tabs tell it already
        dock.topLevelChanged.connect(lambda floats: dock.setTitleBarWidget(None if floats else QWidget()))
        dock.hide()
        self._window.addDockWidget(area, dock)
        return dock

    def _tabify(self) -> None:
        for area in (LEFT, RIGHT, BOTTOM):
            docks = [self._docks[name] for name, place in PLACES.items() if place[1] == area]
            for first, second in pairwise(docks):
                self._window.tabifyDockWidget(first, second)

    def _lay_out(self) -> None:
        for name, (_, _, there) in PLACES.items():
            self._docks[name].setVisible(there)
        for name in ("capture", "tune"):
            self._docks[name].raise_()
        sides = [self._docks["capture"], self._docks["tune"]]
        self._window.resizeDocks(sides, [SIDE_WIDTH, SIDE_WIDTH + 20], Qt.Orientation.Horizontal)
        self._window.resizeDocks([self._docks["curves"]], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)

    def _on_fork_requested(self, path: object) -> None:
        self._workspace.tune.branch_off(path)
        self.show("tune")

    def _on_curves_requested(self, path: object) -> None:
        self._workspace.board.add_run(path)
        self.show("curves")
