"""The runs of a capture, who was branched off from whom, and what can be done with them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from viewer.model.run_entry import RunEntry
from viewer.model.run_tree import RunTree
from viewer.panels.run_tree_items import ENTRY, CardDelegate, RunItems
from viewer.panels.style import dress

POLL = 2000  # milliseconds between looks at the folders
SHEET = """
QTreeView {{ background: {c.ground}; border: none; outline: none; color: {c.quiet}; show-decoration-selected: 1; }}
QTreeView::item:hover, QTreeView::branch:hover {{ background: {c.raised}; }}
QTreeView::item:selected, QTreeView::branch:selected {{ background: {c.line}; color: {c.text}; }}
QHeaderView {{ background: {c.ground}; border: none; }}
QHeaderView::section {{ background: {c.ground}; color: {c.quiet}; border: none; padding: 3px 4px; font-size: 11px; }}
QToolButton {{ padding: 4px 8px; color: {c.text}; }}
QToolButton:disabled {{ color: {c.quiet}; }}
"""
WIDTHS = (210, 56, 52, 64, 120, 70)


class RunTreePanel(QWidget):
    """A tree of runs; made for 340 to 400 pixels of width, more shows more columns.

    Parameters
    ----------
    tree : RunTree

    Attributes
    ----------
    open_requested, compare_requested, curves_requested, fork_requested, resume_requested : Signal
        Emitted with the run folder.
    """

    open_requested = Signal(Path)
    compare_requested = Signal(Path)
    curves_requested = Signal(Path)
    fork_requested = Signal(Path)
    resume_requested = Signal(Path)

    def __init__(self, tree: RunTree) -> None:
        super().__init__()
        dress(self, SHEET)
        self._tree = tree
        self._items = RunItems(tree)
        self.view = QTreeView()
        self._empty = QLabel("No runs yet. Start one under Tune.", objectName="quiet", wordWrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message = QLabel(wordWrap=True, objectName="warning")
        self._message.hide()
        self.actions_by_name = self._make_actions()
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(tree.refresh)
        self._set_up_view()
        self._arrange()
        tree.changed.connect(self._on_changed)
        tree.refused.connect(self._say)
        self._on_changed()

    @property
    def current(self) -> RunEntry | None:
        """The run that is chosen."""
        return self.view.currentIndex().siblingAtColumn(0).data(ENTRY)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Look at the folders as long as somebody looks at them."""
        super().showEvent(event)
        self._tree.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  Qt's name
        """Look no more."""
        super().hideEvent(event)
        self._timer.stop()

    def _make_actions(self) -> dict[str, QAction]:
        table = (
            ("open", "Open", "Return", self.open_requested.emit),
            ("compare", "Compare", "Shift+Return", self.compare_requested.emit),
            ("curves", "Show curves", "", self.curves_requested.emit),
            ("fork", "Fork", "", self.fork_requested.emit),
            ("resume", "Resume", "", self.resume_requested.emit),
            ("rename", "Rename", "F2", lambda _: self.view.edit(self.view.currentIndex().siblingAtColumn(0))),
            ("reveal", "Show in files", "", lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))),
            ("delete", "Move to bin", "Del", self._delete),
        )
        actions = {}
        for name, text, shortcut, act in table:
            action = QAction(text, self.view)
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _=False, act=act: act(self.current.path) if self.current else None)
            self.view.addAction(action)
            actions[name] = action
        return actions

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self._items)
        view.setItemDelegateForColumn(0, CardDelegate(view))
        view.setMouseTracking(True)
        view.setIndentation(14)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setFrameShape(QTreeView.Shape.NoFrame)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu_wanted)
        view.doubleClicked.connect(lambda _: self.actions_by_name["open"].trigger())
        view.selectionModel().currentChanged.connect(lambda *_: self._on_current_changed())
        for column, width in enumerate(WIDTHS):
            view.setColumnWidth(column, width)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for name in ("open", "compare", "fork", "resume"):
            button = QToolButton()
            button.setDefaultAction(self.actions_by_name[name])
            buttons.addWidget(button)
        more = QToolButton(text="More", popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.addActions([self.actions_by_name[name] for name in ("curves", "rename", "reveal", "delete")])
        more.setMenu(menu)
        buttons.addWidget(more)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 6)
        layout.setSpacing(6)
        for widget in (self.view, self._empty):
            layout.addWidget(widget, stretch=1)
        layout.addWidget(self._message)
        layout.addLayout(buttons)

    def _on_changed(self) -> None:
        """Show the runs there are; the chosen one stays chosen, and what was folded stays folded."""
        chosen = self.current
        folded = {entry.path for entry in self._tree.entries if self._is_folded(entry.path)}
        place = self.view.verticalScrollBar().value()
        self._items.fill()
        self.view.expandAll()
        for path in folded:
            self.view.collapse(self._items.index_of(path))
        if chosen:
            self.view.setCurrentIndex(self._items.index_of(chosen.path))
        self.view.verticalScrollBar().setValue(place)
        self.view.setVisible(bool(self._tree.entries))
        self._empty.setVisible(not self._tree.entries)
        self._on_current_changed()

    def _is_folded(self, path: Path) -> bool:
        index = self._items.index_of(path)
        return index.isValid() and self._items.hasChildren(index) and not self.view.isExpanded(index)

    def _on_current_changed(self) -> None:
        entry = self.current
        sound = entry is not None and entry.status != "damaged"
        resting = sound and entry.status != "running"
        can = {
            "open": sound and entry.has_result,
            "compare": sound and entry.has_result,
            "curves": sound,
            "fork": resting and entry.status != "new",
            "resume": resting and entry.status != "finished",
            "rename": entry is not None and entry.status != "running",
            "reveal": entry is not None,
            "delete": entry is not None and entry.status != "running",
        }
        for name, enabled in can.items():
            self.actions_by_name[name].setEnabled(bool(enabled))
        self._say(entry.problem if entry else "")

    def _on_menu_wanted(self, place: QPoint) -> None:
        if self.view.indexAt(place).isValid():
            QMenu(self).exec(self.view.actions(), self.view.viewport().mapToGlobal(place))

    def _delete(self, path: Path) -> None:
        self.view.setCurrentIndex(QModelIndex())
        self._tree.delete(path)

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
