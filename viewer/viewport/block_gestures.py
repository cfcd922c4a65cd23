"""What the pointer does over blocks: a click selects, and a gizmo moves, turns and resizes what is selected."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from recon.scene import Blocks, Camera
from viewer.model.block_editing import BlockModel
from viewer.viewport.gizmo_grip import GizmoGrip
from viewer.viewport.gizmo_painter import box_wires, paint_wires, projected

PREVIEW = 30  # milliseconds between two states of a drag that are shown
CLICK = 4.0  # pixels within which a press and release is a click


class BlockGestures(QWidget):
    """Takes clicks on blocks and drags of the gizmo, and paints the gizmo and a box around what is selected.

    Everything else goes on to navigation. Escape drops what is being dragged.

    Parameters
    ----------
    overlay : QWidget
        Lies over the picture; this widget fills it.
    canvas : QWidget
        Gets the pointer's events.
    model : BlockModel
    camera : callable
        The camera of the picture on screen, or None.
    key : callable
        Of the result on screen; the pointer works where it is the model's target.
    """

    def __init__(
        self,
        overlay: QWidget,
        canvas: QWidget,
        model: BlockModel,
        camera: Callable[[], Camera | None],
        key: Callable[[], str | None],
    ) -> None:
        super().__init__(overlay)
        self._overlay, self._canvas, self._model, self._camera, self._key = overlay, canvas, model, camera, key
        self._pressed_at: QPointF | None = None
        self._grip = GizmoGrip()
        self._preview = QTimer(self, singleShot=True, interval=PREVIEW)
        self._preview.timeout.connect(self._show_drag)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        canvas.setMouseTracking(True)
        canvas.installEventFilter(self)
        overlay.installEventFilter(self)
        events = model.events
        for event in (events.target, events.selection, events.gizmo_kind, events.gizmo_axes, events.explode):
            event.connect(self._on_changed)
        self.resize(overlay.size())
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Take clicks on blocks, and what belongs to the gizmo."""
        if watched is self._overlay:
            if event.type() == QEvent.Type.Resize:
                self.resize(self._overlay.size())
            return False
        handlers = {
            QEvent.Type.MouseButtonPress: self._pressed,
            QEvent.Type.MouseMove: self._moved,
            QEvent.Type.MouseButtonRelease: self._released,
            QEvent.Type.ShortcutOverride: self._key_pressed,
            QEvent.Type.KeyPress: self._key_pressed,
        }
        handle = handlers.get(event.type())
        if event.type() == QEvent.Type.MouseButtonPress and not self._works:
            self._pressed_at = event.position()  # the press makes this pane the active one, and the release a click
        return bool(handle and self._works and handle(event))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint boxes around what is selected, and the gizmo."""
        camera = self._camera()
        if not self._works or camera is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self._ratio(camera)
        shown = self._model.shown(self._key() or "")
        numbers, blocks = shown or ((), None)
        for row, number in enumerate(numbers):
            if blocks is not None and number in self._model.selection:
                paint_wires(painter, [line / ratio for line in projected(camera, _box(blocks, row))])
        self._grip.paint(painter, self._model.gizmo, camera, ratio)

    @property
    def _works(self) -> bool:
        target = self._model.target
        return target is not None and target.key == self._key()

    # Each handler says whether it took the event; what it leaves goes on to navigation.

    def _pressed(self, event: QMouseEvent) -> bool:
        camera = self._camera()
        if event.button() != Qt.MouseButton.LeftButton or camera is None:
            return self._grip.held
        self._pressed_at = event.position()
        self._canvas.setFocus()
        return self._grip.take(self._model.gizmo, camera, self._pixel(event.position(), camera), self._ratio(camera))

    def _moved(self, event: QMouseEvent) -> bool:
        camera = self._grip.camera() or self._camera()
        if camera is None:
            return False
        position = self._pixel(event.position(), camera)
        if self._grip.held:
            self._grip.move(position, snap=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            if not self._preview.isActive():
                self._preview.start()
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._grip.light(self._model.gizmo, camera, position, self._ratio(camera))
        self.update()
        return self._grip.held

    def _released(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return self._grip.held
        pressed_at, self._pressed_at = self._pressed_at, None
        if self._grip.held:
            self._preview.stop()
            if self._grip.change is not None:
                self._model.drop(self._grip.change)
            self._end()
            return True
        clicked = pressed_at is not None and (event.position() - pressed_at).manhattanLength() < CLICK
        return clicked and self._click(event)

    def _click(self, event: QMouseEvent) -> bool:
        """Select what is under the pointer; beside all blocks, nothing, and navigation has its click."""
        camera = self._camera()
        if camera is None:
            return False
        number = self._model.number_at(camera, *self._pixel(event.position(), camera))
        add = bool(event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))
        self._model.select(number, add=add)
        return number is not None

    def _key_pressed(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Escape or not self._grip.held:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self._model.cancel()
            self._end()
        return True

    def _show_drag(self) -> None:
        if self._grip.change is not None:
            self._model.drag(self._grip.change)

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


def _box(blocks: Blocks, row: int) -> list[np.ndarray]:
    """The edges of the box around a block, along its own axes, world coordinates."""
    world_from_block = np.eye(4)
    world_from_block[:3, :3], world_from_block[:3, 3] = blocks.world_from_block[row], blocks.centers[row]
    return box_wires(world_from_block, 2 * blocks.scales[row])
