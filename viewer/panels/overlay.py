"""A sheet that lies over the window until it is dismissed: no window of its own, nothing waits for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

MARGIN = 24  # left free around it where the window is small


class Overlay(QFrame):
    """Holds a widget over a window. Escape, a click beside it, or giving the keyboard to something else closes it.

    Parameters
    ----------
    window : QWidget
        What it lies over.
    body : QWidget
        What it holds; its `sizeHint` is how large it wants to be.
    top : float
        Where its upper edge lies, as a part of the window's height; the middle of the window where it is None.
    """

    closed = Signal()

    def __init__(self, window: QWidget, body: QWidget, top: float | None = None) -> None:
        super().__init__(window)
        self.setObjectName("overlay")
        self.setAutoFillBackground(True)
        self._window, self._body, self._top = window, body, top
        self._before: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(body)
        self.hide()

    def open(self) -> None:
        """Show it; the body shall have the keyboard."""
        if self.isVisible():
            self._body.setFocus()
            return
        self._before = QApplication.focusWidget()
        self.place()
        self.show()
        self.raise_()
        self._body.setFocus()
        self._window.installEventFilter(self)
        QApplication.instance().installEventFilter(self)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)

    def close_sheet(self) -> None:
        """Hide it, and give the keyboard back."""
        if not self.isVisible():
            return
        QApplication.instance().focusChanged.disconnect(self._on_focus_changed)
        QApplication.instance().removeEventFilter(self)
        self._window.removeEventFilter(self)
        holder = QApplication.focusWidget()
        held = holder is None or self.isAncestorOf(holder)
        self.hide()
        if held and self._before is not None:
            self._before.setFocus()
        self._before = None
        self.closed.emit()

    def place(self) -> None:
        """Take the place and size that fit the window now."""
        room = self._window.size() - QSize(2 * MARGIN, 2 * MARGIN)
        size = self._body.sizeHint().boundedTo(room)
        top = MARGIN if self._top is None else max(MARGIN, round(self._top * self._window.height()))
        height = min(size.height(), self._window.height() - top - MARGIN)
        if self._top is None:
            top = max(MARGIN, (self._window.height() - height) // 2)
        self.setGeometry((self._window.width() - size.width()) // 2, top, size.width(), height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Follow the window's size, and close when something else is clicked."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.place()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            inside = self.rect().contains(self.mapFromGlobal(event.globalPosition().toPoint()))
            if not inside:
                self.close_sheet()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        else:
            super().keyPressEvent(event)

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now is not self and not self.isAncestorOf(now):
            self.close_sheet()
