"""The panels around the panes, in docks that can be moved, tabbed, floated and hidden."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QScrollArea, QTabBar, QTabWidget, QWidget

if TYPE_CHECKING:
    from viewer.window import Window
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
    "blocks": ("Blocks", RIGHT, True),
    "export": ("Export", RIGHT, True),
    "curves": ("Curves", BOTTOM, False),
    "views": ("Test views", BOTTOM, False),
    "timeline": ("Timeline", BOTTOM, False),
    "log": ("Log", BOTTOM, False),
}
SIDE_WIDTH, BOTTOM_HEIGHT = 330, 230  # pixels at first
NARROWEST = 255
LAYOUT, GEOMETRY = "docks", "window"


class Docks:
    """Makes the panels and their docks; all are hidden until something is open.

    Parameters
    ----------
    window : Window
    workspace : Workspace
    """

    def __init__(self, window: Window, workspace: Workspace) -> None:
        self._window = window
        self._workspace = workspace
        self._folded, self._wanted = True, False
        window.setDockNestingEnabled(True)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self._panels: dict[str, QWidget] = {}
        self._docks: dict[str, QDockWidget] = {}
        self._before: QByteArray | None = None
        geometry = workspace.session.now.layout.get(GEOMETRY)
        if geometry:
            window.restoreGeometry(geometry)

    def build(self) -> None:
        """Make the panels: done once the window is on screen, for they take a while."""
        from viewer.contents import panels_of

        self._panels = panels_of(self._window, self._workspace)
        self._docks = {name: self._dock(name) for name in PLACES}
        self._tabify()
        if self._wanted:
            self.unfold()

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
        return name in self._docks and not self._docks[name].isHidden()

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
        self._wanted = True
        if not self._folded or not self._docks:
            return
        self._folded = False
        layout = self._workspace.session.now.layout.get(LAYOUT)
        if not (layout and self._window.restoreState(layout)):
            self._lay_out()
        self._listen_to_tabs()

    def keep(self) -> None:
        """Remember how they stand."""
        layout = dict(self._workspace.session.now.layout)
        layout[GEOMETRY] = self._window.saveGeometry().data()
        if not self._folded:
            layout[LAYOUT] = self._window.saveState().data()
        self._workspace.session.keep(layout=layout)

    def _dock(self, name: str) -> QDockWidget:
        title, area, _ = PLACES[name]
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        scrolled = _scrolled(self._panels[name])  # so that none keeps the window from being made small
        scrolled.setMinimumWidth(NARROWEST)
        dock.setWidget(scrolled)
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

    def _listen_to_tabs(self) -> None:
        """Let a double click on a tab make its panel a window of its own."""
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setToolTip("Double-click: a window of its own")
            bar.tabBarDoubleClicked.connect(lambda tab, bar=bar: self._float(bar.tabText(tab)))

    def _float(self, title: str) -> None:
        dock = next((dock for dock in self._docks.values() if dock.windowTitle() == title), None)
        if dock is not None:
            dock.setFloating(True)

    def _lay_out(self) -> None:
        for name, (_, _, there) in PLACES.items():
            self._docks[name].setVisible(there)
        for name in ("capture", "tune"):
            self._docks[name].raise_()
        sides = [self._docks["capture"], self._docks["tune"]]
        self._window.resizeDocks(sides, [SIDE_WIDTH, SIDE_WIDTH + 20], Qt.Orientation.Horizontal)
        self._window.resizeDocks([self._docks["curves"]], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)


def _scrolled(panel: QWidget) -> QScrollArea:
    area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
    area.setWidget(panel)
    return area
