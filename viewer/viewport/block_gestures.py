"""What the pointer does over blocks: a click selects, and a gizmo moves, turns and resizes what is selected."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from recon.scene import Blocks, Camera
from viewer.model.block_editing import BlockModel
from viewer.viewport.gizmo_gestures import GizmoGestures
from viewer.viewport.gizmo_painter import box_wires, paint_wires, projected

CLICK = 4.0  # pixels within which a press and release is a click


class BlockGestures(GizmoGestures):
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

    preview_interval = 30

    def __init__(
        self,
        overlay: QWidget,
        canvas: QWidget,
        model: BlockModel,
        camera: Callable[[], Camera | None],
        key: Callable[[], str | None],
    ) -> None:
        super().__init__(overlay, canvas, model, camera, key)
        self._model = model
        self._pressed_at: QPointF | None = None
        events = model.events
        for event in (events.target, events.selection, events.gizmo_kind, events.gizmo_axes, events.explode):
            event.connect(self._on_changed)
        self.show()

    def _take(self, event: QEvent) -> bool:
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

    def _paint(self, painter: QPainter, camera: Camera) -> None:
        """Paint boxes around what is selected, and the gizmo."""
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

    def _pressed(self, event: QMouseEvent) -> bool:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position()
        return super()._pressed(event)

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


def _box(blocks: Blocks, row: int) -> list[np.ndarray]:
    """The edges of the box around a block, along its own axes, world coordinates."""
    world_from_block = np.eye(4)
    world_from_block[:3, :3], world_from_block[:3, 3] = blocks.world_from_block[row], blocks.centers[row]
    return box_wires(world_from_block, 2 * blocks.scales[row])
