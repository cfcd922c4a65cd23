"""What the pointer does with a tool in hand: rectangles, lassos and brushes on the picture, and gizmos in space."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from recon.scene import Camera
from viewer.model.editing import EditModel, mode_of
from viewer.model.gizmo import Change
from viewer.viewport.gizmo_gestures import GizmoGestures
from viewer.viewport.gizmo_painter import (
    box_wires,
    paint_brush,
    paint_circle,
    paint_stroke,
    paint_wires,
    projected,
    sphere_wires,
)

SHAPES = ("rectangle", "lasso", "brush")
GIZMOS = ("sphere", "box", "transform")
APART = 2.0  # pixels between two points of a stroke
CLICK = 3.0  # pixels within which a press and release is no shape
BRUSHES = (2.0, 200.0)
BRUSH_PER_NOTCH = 1.15


class Gestures(GizmoGestures):
    """Takes the left button over a picture while a tool is in hand, and paints what it does.

    Everything else, such as wheel and right button, goes on to navigation; so does the left button where a gizmo's tool
    is in hand and no handle is under the pointer. Escape drops what is being drawn or dragged.

    Parameters
    ----------
    overlay : QWidget
        Lies over the picture; this widget fills it.
    canvas : QWidget
        Gets the pointer's events.
    model : EditModel
    camera : callable
        The camera of the picture on screen, or None.
    key : callable
        Of the result on screen; tools work where it is the model's target.
    """

    def __init__(
        self,
        overlay: QWidget,
        canvas: QWidget,
        model: EditModel,
        camera: Callable[[], Camera | None],
        key: Callable[[], str | None],
    ) -> None:
        super().__init__(overlay, canvas, model, camera, key)
        self._model = model
        self._points: list[QPointF] = []
        self._pointer: QPointF | None = None
        for event in (model.events.target, model.events.volume, model.events.box_size):
            event.connect(self._on_changed)
        for event in (model.events.gizmo_kind, model.events.gizmo_axes, model.events.brush_radius):
            event.connect(self._on_changed)
        model.events.tool.connect(self._on_tool_changed)
        self._on_tool_changed()

    def _take(self, event: QEvent) -> bool:
        handlers = {
            QEvent.Type.MouseButtonPress: self._pressed,
            QEvent.Type.MouseButtonDblClick: self._pressed,
            QEvent.Type.MouseMove: self._moved,
            QEvent.Type.MouseButtonRelease: self._released,
            QEvent.Type.Wheel: self._wheeled,
            QEvent.Type.Leave: self._left,
            QEvent.Type.ShortcutOverride: self._key_announced,
            QEvent.Type.KeyPress: self._key_pressed,
        }
        handle = handlers.get(event.type())
        return bool(handle and self._works and handle(event))

    def _paint(self, painter: QPainter, camera: Camera) -> None:
        """Paint the stroke being drawn, or volume and gizmo."""
        if self._model.tool in SHAPES:
            self._paint_shape(painter)
        else:
            self._paint_gizmo(painter, camera)

    @property
    def _works(self) -> bool:
        target = self._model.target
        return self._model.tool != "navigate" and target is not None and target.key == self._key()

    @property
    def _busy(self) -> bool:
        return bool(self._points) or self._grip.held

    def _pressed(self, event: QMouseEvent) -> bool:
        camera = self._camera()
        if event.button() != Qt.MouseButton.LeftButton or camera is None:
            return self._busy
        self._canvas.setFocus()
        if self._model.tool in SHAPES:
            self._points = [event.position()]
        else:
            self._grip.take(self._model.gizmo, camera, self._pixel(event.position(), camera), self._ratio(camera))
        self.update()
        return self._busy

    def _moved(self, event: QMouseEvent) -> bool:
        self._pointer = event.position()
        if self._points:
            self._extend(event.position())
        elif (taken_through := self._grip.camera()) is not None:
            self._drag(event, taken_through)
        elif event.buttons() == Qt.MouseButton.NoButton:
            self._light(event.position())
        self.update()
        return self._busy

    def _released(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or not self._busy:
            return False
        if self._points:
            self._select(mode_of(**_keys(event)))
        elif self._grip.change is not None:
            self._show_drag()
            self._model.drop()
        self._end()
        return True

    def _wheeled(self, event: QWheelEvent) -> bool:
        """Ctrl and the wheel size the brush."""
        if self._model.tool != "brush" or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return self._busy
        radius = self._model.brush_radius * BRUSH_PER_NOTCH ** (event.angleDelta().y() / 120)
        self._model.brush_radius = min(max(radius, BRUSHES[0]), BRUSHES[1])
        return True

    def _left(self, _: QEvent) -> bool:
        self._pointer = None
        self.update()
        return False

    def _key_announced(self, event: QKeyEvent) -> bool:
        """Keep a key that ends a drag from being a shortcut."""
        if self._takes(event):
            event.accept()
            return True
        return False

    def _key_pressed(self, event: QKeyEvent) -> bool:
        if not self._takes(event):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self._model.cancel()
            self._end()
        else:
            self._model.select_volume(mode_of(**_keys(event)))
        return True

    def _takes(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            return self._busy
        return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._model.tool in ("sphere", "box")

    def _extend(self, position: QPointF) -> None:
        if self._model.tool == "rectangle":
            self._points = [self._points[0], position]
        elif _distance(self._points[-1], position) >= APART:
            self._points.append(position)

    def _select(self, mode: str) -> None:
        camera, model = self._camera(), self._model
        if camera is None:
            return
        points = [self._pixel(point, camera) for point in self._points]
        apart = max(_distance(self._points[0], point) for point in self._points)
        if model.tool == "brush":
            model.select_brush(camera, points, model.brush_radius * self._ratio(camera), mode)
        elif apart <= CLICK:
            if mode == "replace":
                model.clear_selection()
        elif model.tool == "rectangle":
            model.select_rectangle(camera, points[0], points[-1], mode)
        else:
            model.select_lasso(camera, points, mode)

    def _end(self) -> None:
        self._points = []
        super()._end()

    def _paint_shape(self, painter: QPainter) -> None:
        tool = self._model.tool
        if tool == "brush":
            if self._points:
                paint_brush(painter, self._points, self._model.brush_radius)
            if self._pointer is not None:
                paint_circle(painter, self._pointer, self._model.brush_radius)
        elif len(self._points) > 1:
            if tool == "rectangle":
                shape = QPolygonF(QRectF(self._points[0], self._points[-1]))
            else:
                shape = QPolygonF(self._points)
            paint_stroke(painter, shape, closed=True)

    def _paint_gizmo(self, painter: QPainter, camera: Camera) -> None:
        scale = 1 / self._ratio(camera)
        change = self._grip.change or Change()
        if self._model.tool != "transform":
            placement, size = self._model.moved_volume(change)
            if self._model.tool == "sphere":
                wires = sphere_wires(placement.position, placement.scale)
            else:
                wires = box_wires(placement.similarity.matrix, size)
            paint_wires(painter, [line * scale for line in projected(camera, wires)])
        self._grip.paint(painter, self._model.gizmo, camera, self._ratio(camera))

    def _on_tool_changed(self) -> None:
        self._end()
        if self._model.tool in SHAPES:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self._canvas.unsetCursor()


def _keys(event: QMouseEvent | QKeyEvent) -> dict[str, bool]:
    held = event.modifiers()
    taking_away = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return {"shift": bool(held & Qt.KeyboardModifier.ShiftModifier), "control": bool(held & taking_away)}


def _distance(first: QPointF, second: QPointF) -> float:
    return ((first.x() - second.x()) ** 2 + (first.y() - second.y()) ** 2) ** 0.5
