"""Everything that can be done, found by a few letters."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence, QPainter, QPalette, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from viewer.model.commands import Commands, Hit
from viewer.panels.overlay import Overlay

WIDTH, ROW, MOST_ROWS = 620, 30, 11
PADDING, GAP = 12, 24
MARGINS = 26  # above, between and below line and list, with the frame
TOP = 0.1  # of the window's height
HIT = Qt.ItemDataRole.UserRole
PAGE = MOST_ROWS - 1
STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: PAGE,
    Qt.Key.Key_PageUp: -PAGE,
}


class CommandPalette(QWidget):
    """A line to type in and the commands that are meant; Enter or a click runs one, and the palette closes.

    Parameters
    ----------
    commands : Commands
    window : QWidget
        What it lies over.
    """

    def __init__(self, commands: Commands, window: QWidget) -> None:
        super().__init__()
        self._commands = commands
        self._hits = _HitList()
        self._line = QLineEdit(placeholderText="What would you like to do?")
        self._line.setObjectName("search")
        self._line.textChanged.connect(self._on_text_changed)
        self._line.installEventFilter(self)
        self._list = QListView(mouseTracking=True, uniformItemSizes=True)
        self._list.setModel(self._hits)
        self._list.setItemDelegate(_Row(self._list))
        self._list.setFrameShape(QListView.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.clicked.connect(self._run)
        self._nothing = QLabel("No command has these letters.", alignment=Qt.AlignmentFlag.AlignCenter)
        self._nothing.setObjectName("quiet")
        self._nothing.setFixedHeight(ROW)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        for widget in (self._line, self._list, self._nothing):
            layout.addWidget(widget)
        self.setFocusProxy(self._line)
        self._overlay = Overlay(window, self, TOP)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As high as what was found."""
        rows = min(max(self._hits.rowCount(), 1), MOST_ROWS)
        return QSize(WIDTH, self._line.sizeHint().height() + MARGINS + rows * ROW)

    def open(self) -> None:
        """Show it, with the commands used lately first."""
        self._line.clear()
        self._on_text_changed("")
        self._overlay.open()

    def close_palette(self) -> None:
        """Hide it."""
        self._overlay.close_sheet()

    def eventFilter(self, watched: QWidget, event: QKeyEvent) -> bool:  # noqa: N802  Qt's name
        """Let the keys that move in a list do so while one types."""
        if watched is not self._line or event.type() != QKeyEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self._list.currentIndex())
            return True
        step = STEPS.get(event.key(), 0)
        if step:
            self._move(step)
        return bool(step)

    def _on_text_changed(self, text: str) -> None:
        self._hits.show(self._commands.search(text))
        found = self._hits.rowCount() > 0
        self._list.setVisible(found)
        self._nothing.setVisible(not found)
        self._list.setCurrentIndex(self._hits.index(0))
        self._list.scrollToTop()
        self._overlay.place()

    def _move(self, step: int) -> None:
        rows, row = self._hits.rowCount(), self._list.currentIndex().row()
        if rows:
            # One step beyond an end goes round; a page stops there.
            to = (row + step) % rows if abs(step) == 1 else min(max(row + step, 0), rows - 1)
            self._list.setCurrentIndex(self._hits.index(to))

    def _run(self, index: QModelIndex) -> None:
        hit = index.data(HIT)
        if hit is None or not hit.enabled:
            return
        self._overlay.close_sheet()
        # The keyboard goes back first: what a command works on may depend on who has it.
        QTimer.singleShot(0, self, lambda: self._commands.run(hit.command.id))


class _HitList(QAbstractListModel):
    """What was found, as rows."""

    def __init__(self) -> None:
        super().__init__()
        self._hits: list[Hit] = []

    def show(self, hits: list[Hit]) -> None:
        self.beginResetModel()
        self._hits = hits
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        return 0 if parent is not None and parent.isValid() else len(self._hits)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        hit = self._hits[index.row()]
        answers = {
            HIT: hit,
            Qt.ItemDataRole.DisplayRole: hit.command.label,
            Qt.ItemDataRole.ToolTipRole: hit.command.hint if hit.enabled else hit.command.needs or hit.command.hint,
        }
        return answers.get(Qt.ItemDataRole(role))


class _Row(QStyledItemDelegate):
    """One command: its menus quietly, its title, the letters that were meant in bold, and its shortcut at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: ARG002, N802  Qt's
        return QSize(option.rect.width(), ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        hit: Hit = index.data(HIT)
        palette, place = QApplication.palette(), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Mid if selected else QPalette.ColorRole.AlternateBase))
            painter.drawRoundedRect(place, 5, 5)
        inner = place.adjusted(PADDING, 0, -PADDING, 0)
        quiet = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        room = inner.width() - self._paint_right(painter, inner, hit) - GAP
        layout = _label_layout(hit, option, room)
        painter.setPen(palette.color(QPalette.ColorRole.Text) if hit.enabled else quiet)
        painter.setClipRect(inner.adjusted(0, 0, room - inner.width(), 0))
        height = layout.boundingRect().height()
        layout.draw(painter, inner.topLeft().toPointF() + QPointF(0, (inner.height() - height) / 2))
        painter.restore()

    def _paint_right(self, painter: QPainter, place: QRect, hit: Hit) -> int:
        """The shortcut, or what is missing; gives its width."""
        words = hit.command.needs if not hit.enabled else ""
        if not words and hit.command.shortcut:
            words = QKeySequence(hit.command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        if hit.enabled and hit.command.checked and hit.command.checked():
            words = f"✓  {words}".rstrip()
        painter.setPen(QApplication.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        return painter.fontMetrics().horizontalAdvance(words)


def _label_layout(hit: Hit, option: QStyleOptionViewItem, room: int) -> QTextLayout:
    label, before = hit.command.label, len(hit.command.label) - len(hit.command.title)
    layout = QTextLayout(label, option.font)
    quiet, bold = QTextCharFormat(), QTextCharFormat()
    quiet.setForeground(QApplication.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
    bold.setFontWeight(QFont.Weight.Bold)
    parts = [_part(0, before, quiet)] if before else []
    if hit.enabled:
        bold.setForeground(QApplication.palette().color(QPalette.ColorRole.Text))
    layout.setFormats([*parts, *(_part(letter, 1, bold) for letter in hit.match.letters)])
    layout.setTextOption(_one_line())
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(max(room, 1))
    layout.endLayout()
    return layout


def _part(start: int, length: int, looks: QTextCharFormat) -> QTextLayout.FormatRange:
    part = QTextLayout.FormatRange()
    part.start, part.length, part.format = start, length, looks
    return part


def _one_line() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    return option
