"""What all tools over a picture share: they watch its canvas, hold a gizmo, and paint above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from recon.scene import Camera
from viewer.model.gizmo import Change, Gizmo
from viewer.viewport.gizmo_grip import GizmoGrip


class Dragged(Protocol):
    """A model that has a gizmo, and shows a drag before it is done."""

    @property
    def gizmo(self) -> Gizmo | None:
        """What to draw and to drag; None where there is nothing."""
        ...

    def drag(self, change: Change) -> None:
        """Show what a change would make."""
        ...


class GizmoGestures(QWidget):
    """Takes the pointer's events over a picture as long as it works there; everything else goes on to navigation.

    Parameters
    ----------
    overlay : QWidget
        Lies over the picture; this widget fills it.
    canvas : QWidget
        Gets the pointer's events.
    model : Dragged
    camera : callable
        The camera of the picture on screen, or None.
    key : callable
        Of the result on screen.
    """

    preview_interval = 50  # milliseconds between two states of a drag that are shown

    def __init__(
        self,
        overlay: QWidget,
        canvas: QWidget,
        model: Dragged,
        camera: Callable[[], Camera | None],
        key: Callable[[], str | None],
    ) -> None:
        super().__init__(overlay)
        self._overlay, self._canvas, self._dragged, self._camera, self._key = overlay, canvas, model, camera, key
        self._grip = GizmoGrip()
        self._preview = QTimer(self, singleShot=True, interval=self.preview_interval)
        self._preview.timeout.connect(self._show_drag)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        canvas.setMouseTracking(True)
        canvas.installEventFilter(self)
        overlay.installEventFilter(self)
        self.resize(overlay.size())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Take what is meant for it."""
        if watched is self._overlay:
            if event.type() == QEvent.Type.Resize:
                self.resize(self._overlay.size())
            return False
        return self._take(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint while it works."""
        camera = self._camera()
        if not self._works or camera is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint(painter, camera)

    @property
    def _works(self) -> bool:
        """Whether the pointer is its own here and now."""
        raise NotImplementedError

    def _take(self, event: QEvent) -> bool:
        """Whether an event was taken."""
        raise NotImplementedError

    def _paint(self, painter: QPainter, camera: Camera) -> None:
        """Paint above the picture."""
        raise NotImplementedError

    # Each handler says whether it took the event; what it leaves goes on to navigation.

    def _pressed(self, event: QMouseEvent) -> bool:
        """Take the gizmo, where it is under the pointer."""
        camera = self._camera()
        if event.button() != Qt.MouseButton.LeftButton or camera is None:
            return self._grip.held
        self._canvas.setFocus()
        return self._grip.take(self._dragged.gizmo, camera, self._pixel(event.position(), camera), self._ratio(camera))

    def _moved(self, event: QMouseEvent) -> bool:
        """Drag the gizmo, or show what of it would be taken."""
        if (taken_through := self._grip.camera()) is not None:
            self._drag(event, taken_through)
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._light(event.position())
        self.update()
        return self._grip.held

    def _light(self, position: QPointF) -> None:
        camera = self._camera()
        if camera is not None:
            self._grip.light(self._dragged.gizmo, camera, self._pixel(position, camera), self._ratio(camera))

    def _drag(self, event: QMouseEvent, camera: Camera) -> None:
        """Move what the grip holds, by the camera that it was taken through."""
        snap = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._grip.move(self._pixel(event.position(), camera), snap=snap)
        if not self._preview.isActive():
            self._preview.start()

    def _show_drag(self) -> None:
        self._preview.stop()
        if self._grip.change is not None:
            self._dragged.drag(self._grip.change)

    def _end(self) -> None:
        self._preview.stop()
        self._grip.let_go()
        self.update()

    def _ratio(self, camera: Camera) -> float:
        """Pixels of the picture for one of the widget."""
        return camera.width / max(self._canvas.width(), 1)

    def _pixel(self, position: QPointF, camera: Camera) -> tuple[float, float]:
        across, down = camera.width / max(self._canvas.width(), 1), camera.height / max(self._canvas.height(), 1)
        return position.x() * across, position.y() * down

    def _on_changed(self) -> None:
        self.update()
