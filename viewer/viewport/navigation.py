"""What the pointer does: turn, pan, approach, and pick."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from viewer.model import WindowModel

TURN_PER_HEIGHT = math.pi
APPROACH_PER_NOTCH = 0.88
NOTCH = 120


class Navigation(QObject):
    """Turns pointer events over a widget into movements of the model's camera.

    Drag turns, with the right or middle button or Shift it pans, the wheel approaches. All pointer and key events end
    here, so that no VTK interactor style moves a camera behind the model's back.
    """

    double_clicked = Signal(QPointF)

    def __init__(self, widget: QWidget, model: WindowModel) -> None:
        super().__init__(widget)
        self._widget = widget
        self._model = model
        self._last = QPointF()
        self._handlers = {
            QEvent.Type.MouseButtonPress: self._pressed,
            QEvent.Type.MouseMove: self._moved,
            QEvent.Type.MouseButtonDblClick: self._double_clicked,
            QEvent.Type.Wheel: self._wheeled,
            QEvent.Type.MouseButtonRelease: _nothing,
            QEvent.Type.Enter: _nothing,
            QEvent.Type.Leave: _nothing,
        }
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Handle pointer events, and keep key events from VTK."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event.ignore()  # shortcuts are the window's
            return True
        handle = self._handlers.get(event.type())
        if handle is None:
            return super().eventFilter(watched, event)
        handle(event)
        return True

    def _pressed(self, event: QMouseEvent) -> None:
        self._last = event.position()
        self._widget.setFocus()

    def _moved(self, event: QMouseEvent) -> None:
        if event.buttons() == Qt.MouseButton.NoButton:
            return
        moved, self._last = event.position() - self._last, event.position()
        orbit, width, height = self._model.orbit, self._widget.width(), self._widget.height()
        panning = event.buttons() != Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if panning:
            framed = orbit.framed_height(width, height)
            self._model.navigate(orbit.panned(moved.x() / framed, moved.y() / framed))
        else:
            scale = TURN_PER_HEIGHT / max(height, 1)
            self._model.navigate(orbit.turned(moved.x() * scale, moved.y() * scale))

    def _wheeled(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        if notches:
            self._model.navigate(self._model.orbit.approached(APPROACH_PER_NOTCH**notches))

    def _double_clicked(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(event.position())


def _nothing(_: QEvent) -> None:
    """Nothing happens, and VTK does not hear of it."""
