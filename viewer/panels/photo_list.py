"""The strip of photographs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QListView, QMenu

from recon.scene import View
from viewer.model import Photos, WindowModel
from viewer.model.capture import CaptureModel
from viewer.panels.images import pixmap
from viewer.panels.photo_icons import ICON, photo_icon
from viewer.panels.style import on_recolored

Index = QModelIndex | QPersistentModelIndex
BESIDE, BELOW = 8, 28  # pixels of a cell around its thumbnail
USED_FOR = {"train": "trained on", "test": "held out for testing", "disabled": "disabled"}


class PhotoList(QListView):
    """The photographs that pass the capture's filter, as thumbnails.

    A click stands where one was taken. Space keeps the chosen ones out of training, or takes them in again.

    Parameters
    ----------
    model : WindowModel
    capture : CaptureModel
    photos : Photos
    """

    def __init__(self, model: WindowModel, capture: CaptureModel, photos: Photos) -> None:
        super().__init__()
        self._model = model
        self._capture = capture
        self._rows = _Rows(capture, photos)
        self.setModel(self._rows)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setIconSize(ICON)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # else columns come and go with it
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_wanted)
        self._add_actions()
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.clicked.connect(self._stand_at)
        self._rows.modelReset.connect(lambda: self._on_selected_changed(model.selected))
        model.events.selected.connect(self._on_selected_changed)
        on_recolored(self, self._rows.paint_anew)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Fill the width with columns."""
        width = self.viewport().width() - 2
        columns = max(1, width // (ICON.width() + BESIDE))
        self.setGridSize(QSize(width // columns, ICON.height() + BELOW))
        super().resizeEvent(event)

    def chosen(self) -> list[str]:
        """Names of the photographs that are marked in the list."""
        return [index.data(Qt.ItemDataRole.UserRole) for index in self.selectedIndexes()]

    def toggle_enabled(self) -> None:
        """Disable the chosen photographs; enable them where all are disabled."""
        names = self.chosen()
        enable = all(self._capture.state_of(name) == "disabled" for name in names)
        if names:
            self._capture.set_enabled(names, enable)

    def level_by_current(self) -> None:
        """Take what is up in the current photograph for up."""
        name = self.currentIndex().data(Qt.ItemDataRole.UserRole)
        if name is not None:
            self._capture.level_by(name)

    def _add_actions(self) -> None:
        self._toggle = QAction("Disable", self, shortcut=QKeySequence(Qt.Key.Key_Space))
        self._toggle.triggered.connect(self.toggle_enabled)
        level = QAction("This photograph is level", self)
        level.triggered.connect(self.level_by_current)
        everything = QAction("Enable all", self)
        everything.triggered.connect(self._capture.enable_all)
        for action in (self._toggle, level, everything):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.addAction(action)

    def _on_menu_wanted(self, where: QPoint) -> None:
        names = self.chosen()
        if not names:
            return
        enable = all(self._capture.state_of(name) == "disabled" for name in names)
        many = f" {len(names)} photographs" if len(names) > 1 else ""
        self._toggle.setText(f"{'Enable' if enable else 'Disable'}{many}")
        menu = QMenu(self)
        menu.addActions(self.actions())
        menu.exec(self.viewport().mapToGlobal(where))

    def _on_current_changed(self, current: QModelIndex) -> None:
        name = current.data(Qt.ItemDataRole.UserRole)
        if name is not None and name != self._model.selected:
            self._model.stand_at(name)

    def _stand_at(self, index: QModelIndex) -> None:
        """Return to the selected photograph after looking elsewhere."""
        if not self._model.standing:
            self._model.stand_at(index.data(Qt.ItemDataRole.UserRole))

    def _on_selected_changed(self, name: str | None) -> None:
        row = self._rows.row_of(name)
        if row != self.currentIndex().row():  # else several that are marked would be marked no more
            self.setCurrentIndex(self._rows.index(row))


class _Rows(QAbstractListModel):
    """The photographs as Qt wants them; a thumbnail is asked for when its row is first painted."""

    def __init__(self, capture: CaptureModel, photos: Photos) -> None:
        super().__init__()
        self._capture = capture
        self._photos = photos
        self._icons: dict[str, QIcon] = {}
        self._views: tuple[View, ...] = capture.shown
        self._states = capture.states
        capture.events.capture.connect(self._on_capture_changed)
        capture.events.disabled.connect(self._on_disabled_changed)
        for event in (capture.events.text, capture.events.only):
            event.connect(self._on_filter_changed)
        photos.thumbnail_arrived.connect(self._on_thumbnail_arrived)

    def row_of(self, name: str | None) -> int:
        """The row of a photograph, -1 where it is not shown."""
        return next((row for row, view in enumerate(self._views) if view.name == name), -1)

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802  Qt's name
        """Count the photographs."""
        return 0 if parent is not None and parent.isValid() else len(self._views)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, thumbnail and tooltip of a photograph."""
        if not 0 <= index.row() < len(self._views):
            return None
        view = self._views[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return PurePosixPath(view.name).stem
            case Qt.ItemDataRole.DecorationRole:
                return self._icon(view)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{view.name}, {USED_FOR[self._states[view.name]]}"
            case Qt.ItemDataRole.UserRole:
                return view.name
        return None

    def _icon(self, view: View) -> QIcon:
        if view.name not in self._icons:
            thumbnail = self._photos.thumbnails.get(view.name)
            if thumbnail is None:
                self._photos.hurry(view)
            picture = None if thumbnail is None else pixmap(thumbnail)
            self._icons[view.name] = photo_icon(picture, self._states[view.name])
        return self._icons[view.name]

    def paint_anew(self) -> None:
        """Paint all thumbnails in other colours."""
        self._icons.clear()
        if self._views:
            self.dataChanged.emit(self.index(0), self.index(len(self._views) - 1), [Qt.ItemDataRole.DecorationRole])

    def _on_capture_changed(self) -> None:
        self._icons.clear()
        self._states = self._capture.states
        self._on_filter_changed()

    def _on_filter_changed(self) -> None:
        self.beginResetModel()
        self._views = self._capture.shown
        self.endResetModel()

    def _on_disabled_changed(self) -> None:
        self._icons.clear()
        self._states = self._capture.states
        if self._capture.shown != self._views:
            self._on_filter_changed()
        elif self._views:
            self.dataChanged.emit(self.index(0), self.index(len(self._views) - 1))

    def _on_thumbnail_arrived(self, name: str) -> None:
        self._icons.pop(name, None)
        row = self.row_of(name)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])
