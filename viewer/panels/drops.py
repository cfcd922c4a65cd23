"""Files that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QWidget

MARGIN = 12


class DropTarget(QObject):
    """Takes files and folders dropped anywhere on a widget, and says while they hover that they may be.

    Parameters
    ----------
    widget : QWidget
        Usually the window.
    """

    dropped = Signal(list)  # of Path

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._veil = QLabel("Drop to open", widget, alignment=Qt.AlignmentFlag.AlignCenter)
        self._veil.setObjectName("veil")
        self._veil.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._veil.hide()
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Look at drags before the widget does."""
        match event.type():
            case QEvent.Type.DragEnter if isinstance(event, QDragEnterEvent):
                return self._on_entered(event)
            case QEvent.Type.DragLeave:
                self._veil.hide()
            case QEvent.Type.Drop if isinstance(event, QDropEvent):
                return self._on_dropped(event)
        return super().eventFilter(watched, event)

    def _on_entered(self, event: QDragEnterEvent) -> bool:
        if not paths_in(event.mimeData()):
            return False
        event.acceptProposedAction()
        self._veil.setGeometry(self._widget.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN))
        self._veil.raise_()
        self._veil.show()
        return True

    def _on_dropped(self, event: QDropEvent) -> bool:
        self._veil.hide()
        paths = paths_in(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)
        return bool(paths)


def paths_in(data: QMimeData) -> list[Path]:
    """The local files and folders among what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
