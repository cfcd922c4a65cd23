"""What the pointer does over a mesh that is edited: it moves, turns and resizes the box to crop to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from recon.scene import Camera
from viewer.model.gizmo import Change
from viewer.model.mesh_editing import MeshEditModel
from viewer.viewport.gizmo_gestures import GizmoGestures
from viewer.viewport.gizmo_painter import box_wires, paint_wires, projected


class MeshGestures(GizmoGestures):
    """Takes drags of the box's gizmo, and paints both; everything else goes on to navigation.

    Return crops, Escape drops what is being dragged.

    Parameters
    ----------
    overlay : QWidget
        Lies over the picture; this widget fills it.
    canvas : QWidget
        Gets the pointer's events.
    model : MeshEditModel
    camera : callable
        The camera of the picture on screen, or None.
    key : callable
        Of the result on screen; the pointer works where it is the model's target.
    """

    def __init__(
        self,
        overlay: QWidget,
        canvas: QWidget,
        model: MeshEditModel,
        camera: Callable[[], Camera | None],
        key: Callable[[], str | None],
    ) -> None:
        super().__init__(overlay, canvas, model, camera, key)
        self._model = model
        events = model.events
        for event in (events.target, events.tool, events.gizmo_kind, events.gizmo_axes, events.volume, events.box_size):
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
        return bool(handle and self._works and handle(event))

    def _paint(self, painter: QPainter, camera: Camera) -> None:
        ratio = self._ratio(camera)
        placement, size = self._model.moved_volume(self._grip.change or Change())
        wires = box_wires(placement.similarity.matrix, size)
        paint_wires(painter, [line / ratio for line in projected(camera, wires)])
        self._grip.paint(painter, self._model.gizmo, camera, ratio)

    @property
    def _works(self) -> bool:
        target = self._model.target
        return self._model.tool == "box" and target is not None and target.key == self._key()

    def _released(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or not self._grip.held:
            return False
        self._preview.stop()
        if self._grip.change is not None:
            self._model.drop(self._grip.change)
        self._end()
        return True

    def _key_pressed(self, event: QKeyEvent) -> bool:
        escapes = event.key() == Qt.Key.Key_Escape and self._grip.held
        crops = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._grip.held
        if not (escapes or crops):
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            if crops:
                self._model.crop()
            self._model.cancel()
            self._end()
        return True
