"""The strip of photographs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListView

from recon.scene import View
from viewer.model import Photos, WindowModel
from viewer.panels.images import pixmap
from viewer.panels.style import GROUND, RAISED, TEST, TRAIN

ICON = QSize(104, 78)
Index = QModelIndex | QPersistentModelIndex


class PhotoList(QListView):
    """All photographs as thumbnails; a click stands where one was taken.

    Parameters
    ----------
    model : WindowModel
    photos : Photos
    """

    def __init__(self, model: WindowModel, photos: Photos) -> None:
        super().__init__()
        self._model = model
        self._rows = _Rows(model, photos)
        self.setModel(self._rows)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(ICON)
        self.setGridSize(ICON + QSize(14, 28))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.clicked.connect(self._stand_at)
        model.events.selected.connect(self._on_selected_changed)

    def _on_current_changed(self, current: QModelIndex) -> None:
        name = current.data(Qt.ItemDataRole.UserRole)
        if name is not None and name != self._model.selected:
            self._model.stand_at(name)

    def _stand_at(self, index: QModelIndex) -> None:
        """Return to the selected photograph after looking elsewhere."""
        if not self._model.standing:
            self._model.stand_at(index.data(Qt.ItemDataRole.UserRole))

    def _on_selected_changed(self, name: str | None) -> None:
        row = next((row for row, view in enumerate(self._model.views) if view.name == name), -1)
        self.setCurrentIndex(self._rows.index(row))


class _Rows(QAbstractListModel):
    """The photographs as Qt wants them; a thumbnail is asked for when its row is first painted."""

    def __init__(self, model: WindowModel, photos: Photos) -> None:
        super().__init__()
        self._model = model
        self._photos = photos
        self._icons: dict[str, QIcon] = {}
        self._views: tuple[View, ...] = ()
        model.events.scene.connect(self._on_scene_changed)
        photos.thumbnail_arrived.connect(self._on_thumbnail_arrived)

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
                return f"{view.name}, {'held out for testing' if view.split == 'test' else 'trained on'}"
            case Qt.ItemDataRole.UserRole:
                return view.name
        return None

    def _icon(self, view: View) -> QIcon:
        if view.name not in self._icons:
            thumbnail = self._photos.thumbnails.get(view.name)
            if thumbnail is None:
                self._photos.hurry(view)
            self._icons[view.name] = _icon(None if thumbnail is None else pixmap(thumbnail), view.split)
        return self._icons[view.name]

    def _on_scene_changed(self) -> None:
        self.beginResetModel()
        self._icons.clear()
        self._views = self._model.views
        self.endResetModel()

    def _on_thumbnail_arrived(self, name: str) -> None:
        self._icons.pop(name, None)
        row = next((row for row, view in enumerate(self._views) if view.name == name), None)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])


def _icon(picture: QPixmap | None, split: str) -> QIcon:
    """A thumbnail cut to fill its place, with a dot that tells training from test; drawn twofold for sharp screens."""
    ratio = 2
    canvas = QPixmap(ICON * ratio)
    canvas.fill(QColor(RAISED))
    painter = QPainter(canvas)
    painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
    if picture is not None:
        filled = picture.scaled(
            canvas.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        )
        offset = (filled.size() - canvas.size()) / 2
        painter.drawPixmap(-offset.width(), -offset.height(), filled)
    painter.setPen(QColor(GROUND))
    painter.setBrush(QColor(TEST if split == "test" else TRAIN))
    painter.drawEllipse(QPointF(14, 14), 7, 7)
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    icon = QIcon(canvas)
    icon.addPixmap(canvas, QIcon.Mode.Selected)  # else Qt tints it
    return icon
