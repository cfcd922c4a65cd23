"""The run tree as Qt wants it: items made from entries, and how a run's card is painted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImageReader, QPainter, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from viewer.model.look import colors
from viewer.model.run_entry import RunEntry
from viewer.model.run_tree import RunTree

COLUMNS = ("Run", "PSNR", "SSIM", "Count", "Made", "Method")
ENTRY, PATH = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
THUMBNAIL = QSize(56, 42)
ROW_HEIGHT = 50
GAP = 8
TROUBLE = {"failed", "damaged", "interrupted", "cancelled"}
Index = QModelIndex | QPersistentModelIndex


class RunItems(QStandardItemModel):
    """Items of the run tree; editing a name renames the run.

    Parameters
    ----------
    tree : RunTree
    """

    def __init__(self, tree: RunTree) -> None:
        super().__init__()
        self._tree = tree
        self.setHorizontalHeaderLabels(COLUMNS)

    def fill(self) -> None:
        """Make all items anew."""
        self.removeRows(0, self.rowCount())
        for entry in self._tree.roots:
            self._add(self.invisibleRootItem(), entry, {entry.path})

    def index_of(self, path: Path) -> QModelIndex:
        """The item of a run; an invalid one where there is none."""
        how = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
        found = self.match(self.index(0, 0), PATH, str(path), 1, how)
        return found[0] if found else QModelIndex()

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802  Qt's name
        """Rename a run."""
        entry = index.data(ENTRY)
        if role != Qt.ItemDataRole.EditRole or not isinstance(entry, RunEntry):
            return super().setData(index, value, role)
        return self._tree.rename(entry.path, str(value).strip()) is not None

    def _add(self, parent: QStandardItem, entry: RunEntry, above: set[Path]) -> None:
        row = [QStandardItem(text) for text in _texts(entry)]
        row[0].setData(entry, ENTRY)
        row[0].setData(str(entry.path), PATH)
        for item in row:
            item.setToolTip(_tip(entry))
            item.setEditable(item is row[0])
        for item in row[1:4]:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        parent.appendRow(row)
        for child in self._tree.children(entry.path):
            if child.path not in above:  # a damaged folder may name itself its own ancestor
                self._add(row[0], child, above | {child.path})


class CardDelegate(QStyledItemDelegate):
    """Paints a run: its picture, its name, and in a second line how it differs or what has become of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures: dict[tuple[Path, float], QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802  Qt's signature
        """High enough for the picture."""
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a run."""
        entry = index.data(ENTRY)
        if not isinstance(entry, RunEntry):
            super().paint(painter, option, index)
            return
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colors().line))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(colors().raised))
        self._paint_picture(painter, entry, _picture_rect(option.rect))
        self._paint_words(painter, entry, option)
        painter.restore()

    def updateEditorGeometry(  # noqa: N802  Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Edit the name where it stands."""
        super().updateEditorGeometry(editor, option, index)
        words = _words_rect(option.rect)
        editor.setGeometry(words.left() - 3, option.rect.top() + 3, words.width() + 3, ROW_HEIGHT // 2)

    def _paint_words(self, painter: QPainter, entry: RunEntry, option: QStyleOptionViewItem) -> None:
        words = _words_rect(option.rect)
        upper = QRect(words.left(), words.top() + 5, words.width(), ROW_HEIGHT // 2 - 5)
        lower = upper.translated(0, ROW_HEIGHT // 2 - 5)
        font = option.font
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colors().text))
        _write(painter, upper, entry.name)
        font.setBold(False)
        painter.setFont(font)
        status = "" if entry.status == "finished" else entry.status.capitalize()
        if entry.problem and entry.status != "damaged":
            status = "Metrics damaged"
        painter.setPen(QColor(_status_color(entry)))
        if status:
            lower.setLeft(_write(painter, lower, status) + GAP)
        painter.setPen(QColor(colors().quiet))
        _write(painter, lower, entry.changes)

    def _paint_picture(self, painter: QPainter, entry: RunEntry, place: QRect) -> None:
        painter.fillRect(place, QColor(colors().line))
        picture = self._picture(entry)
        if not picture.isNull():
            size = picture.size() / picture.devicePixelRatio()
            painter.drawPixmap(place.center().x() - size.width() // 2, place.center().y() - size.height() // 2, picture)

    def _picture(self, entry: RunEntry) -> QPixmap:
        """The run's preview, small; read once."""
        try:
            key = (entry.path, entry.preview.stat().st_mtime) if entry.preview else None
        except OSError:
            key = None
        if key is None:
            return QPixmap()
        if key not in self._pictures:
            reader = QImageReader(str(entry.preview))
            reader.setScaledSize(reader.size().scaled(2 * THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio))
            picture = QPixmap.fromImage(reader.read())
            picture.setDevicePixelRatio(2)
            self._pictures[key] = picture
        return self._pictures[key]


def _texts(entry: RunEntry) -> tuple[str, ...]:
    return (
        entry.name,
        "" if entry.psnr is None else f"{entry.psnr:.2f}",
        "" if entry.ssim is None else f"{entry.ssim:.3f}",
        "" if entry.count is None else f"{entry.count:,}",
        _date(entry.created),
        entry.method,
    )


def _status_color(entry: RunEntry) -> str:
    if entry.problem or entry.status in TROUBLE:
        return colors().warning
    return colors().accent if entry.status == "running" else colors().quiet


def _date(created: datetime | None) -> str:
    return created.astimezone().strftime("%Y-%m-%d %H:%M") if created else ""


def _tip(entry: RunEntry) -> str:
    numbers = f"{entry.psnr:.2f} dB · SSIM {entry.ssim:.3f}" if entry.psnr and entry.ssim else ""
    count = "" if entry.count is None else f"{entry.count:,} primitives"
    facts = (numbers, count, entry.status, _date(entry.created))
    lines = (entry.name, entry.problem, entry.changes, *facts, str(entry.path))
    return "\n".join(filter(None, lines))


def _picture_rect(card: QRect) -> QRect:
    return QRect(card.left() + 2, card.top() + (ROW_HEIGHT - THUMBNAIL.height()) // 2, *THUMBNAIL.toTuple())


def _words_rect(card: QRect) -> QRect:
    return card.adjusted(THUMBNAIL.width() + GAP + 2, 0, -4, 0)


def _write(painter: QPainter, place: QRect, text: str) -> int:
    """Write a text, shortened where it does not fit; where it ends."""
    shortened = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shortened)
    return place.left() + painter.fontMetrics().horizontalAdvance(shortened)
