"""What happened, for those who want to know."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from viewer.model.log import Level, LogEntry, LogModel
from viewer.model.look import colors

SHOWN: tuple[tuple[str, Level], ...] = (("Everything", "info"), ("Warnings and errors", "warning"), ("Errors", "error"))
REDRAW = 50  # milliseconds between two looks at the log
CLOCK, SOURCE, GAP, PADDING = 64, 70, 8, 6
ENTRY = Qt.ItemDataRole.UserRole


class LogPanel(QWidget):
    """The log: narrowed by gravity and by words, copied, cleared; it stays at the end while one is there.

    Parameters
    ----------
    log : LogModel
    """

    def __init__(self, log: LogModel) -> None:
        super().__init__()
        self._log = log
        self._rows = _Rows()
        self._level = QComboBox()
        for title, level in SHOWN:
            self._level.addItem(title, level)
        self._words = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self._words.setMaximumWidth(240)
        self._end = QPushButton("Jump to end")
        self._copy, self._clear = QPushButton("Copy"), QPushButton("Clear")
        self._list = self._make_list()
        self._empty = QLabel("Nothing to tell.", alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setObjectName("quiet")
        self._timer = QTimer(self, singleShot=True, interval=REDRAW)
        self._connect()
        self._arrange()
        self._show_entries()

    def _make_list(self) -> QListView:
        made = QListView()
        made.setObjectName("log")
        made.setModel(self._rows)
        made.setItemDelegate(_Row(made))
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setResizeMode(QListView.ResizeMode.Adjust)
        made.installEventFilter(self)
        return made

    def _connect(self) -> None:
        self._level.currentIndexChanged.connect(self._show_entries)
        self._words.textChanged.connect(self._show_entries)
        self._end.clicked.connect(self._list.scrollToBottom)
        self._copy.clicked.connect(self.copy)
        self._clear.clicked.connect(self._log.clear)
        self._timer.timeout.connect(self._show_entries)
        self._list.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._list.verticalScrollBar().rangeChanged.connect(self._on_scrolled)
        self._log.changed.connect(self._on_log_changed)

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self._level)
        bar.addWidget(self._words, stretch=1)
        bar.addStretch()
        for button in (self._end, self._copy, self._clear):
            bar.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 6)
        layout.setSpacing(6)
        layout.addLayout(bar)
        layout.addWidget(self._list, stretch=1)
        layout.addWidget(self._empty, stretch=1)

    def copy(self) -> None:
        """Put the chosen lines on the clipboard; all that are shown where none is chosen."""
        chosen = sorted(self._list.selectionModel().selectedRows(), key=lambda index: index.row())
        entries = [index.data(ENTRY) for index in chosen] or self._rows.entries
        QGuiApplication.clipboard().setText("\n".join(entry.line for entry in entries))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Copy lines rather than what a shortcut of the window would."""
        if watched is self._list and isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Copy):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                self.copy()
            return True
        return False

    @property
    def _at_end(self) -> bool:
        bar = self._list.verticalScrollBar()
        return bar.value() >= bar.maximum() - 2

    def _on_log_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_scrolled(self) -> None:
        self._end.setVisible(not self._at_end)

    def _show_entries(self) -> None:
        follow = self._at_end
        words = self._words.text().lower().split()
        entries = [
            entry
            for entry in self._log.of_level(self._level.currentData())
            if all(word in f"{entry.source} {entry.text}".lower() for word in words)
        ]
        self._rows.show(entries)
        self._list.setVisible(bool(entries))
        self._empty.setVisible(not entries)
        self._copy.setEnabled(bool(entries))
        self._clear.setEnabled(bool(self._log.entries))
        if follow:
            self._list.scrollToBottom()
        self._on_scrolled()


class _Rows(QAbstractListModel):
    """The entries that are shown. Old ones leave at the top and new ones come at the end, so that a choice is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[LogEntry] = []

    def show(self, entries: list[LogEntry]) -> None:
        gone = self._gone(entries)
        if gone is None:
            self.beginResetModel()
            self.entries = entries
            self.endResetModel()
            return
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self.entries[:gone]
            self.endRemoveRows()
        kept = len(self.entries)
        if len(entries) > kept:
            self.beginInsertRows(QModelIndex(), kept, len(entries) - 1)
            self.entries = entries
            self.endInsertRows()

    def _gone(self, entries: list[LogEntry]) -> int | None:
        """How many left at the top, if nothing else but additions at the end happened."""
        if not self.entries or not entries:
            return None
        try:
            gone = self.entries.index(entries[0])
        except ValueError:
            return None
        kept = self.entries[gone:]
        return gone if entries[: len(kept)] == kept else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802  Qt's name
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        return {ENTRY: entry, Qt.ItemDataRole.DisplayRole: entry.line, Qt.ItemDataRole.ToolTipRole: entry.line}.get(
            Qt.ItemDataRole(role)
        )


class _Row(QStyledItemDelegate):
    """Time and source quietly, then the text in the colour of its gravity, in as many lines as it takes."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802  Qt's name
        width = self._view.viewport().width()
        room = width - 2 * PADDING - CLOCK - SOURCE - 2 * GAP
        metrics = QFontMetrics(option.font)
        bounds = metrics.boundingRect(0, 0, max(room, 80), 100000, _WRAPPED, _text(index.data(ENTRY)))
        return QSize(width, bounds.height() + PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        entry: LogEntry = index.data(ENTRY)
        now, place = colors(), option.rect
        painter.save()
        painter.setFont(option.font)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(now.line))
        inner = place.adjusted(PADDING, PADDING // 2, -PADDING, 0)
        painter.setPen(QColor(now.quiet))
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop, entry.clock)
        source = inner.adjusted(CLOCK + GAP, 0, 0, 0)
        short = painter.fontMetrics().elidedText(entry.source, Qt.TextElideMode.ElideRight, SOURCE)
        painter.drawText(source, Qt.AlignmentFlag.AlignTop, short)
        painter.setPen(QColor({"info": now.text, "warning": now.warning, "error": now.danger}[entry.level]))
        painter.drawText(source.adjusted(SOURCE + GAP, 0, 0, 0), _WRAPPED, _text(entry))
        painter.restore()


_WRAPPED = Qt.TextFlag.TextWordWrap


def _text(entry: LogEntry) -> str:
    return f"{entry.text} ({entry.times} times)" if entry.times > 1 else entry.text
