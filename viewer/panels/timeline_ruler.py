"""The ruler of the timeline: seconds, keyframes as diamonds, and the playhead."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from viewer.model.camera_path import CameraPathModel
from viewer.model.look import colors

MARGIN = 18  # pixels before the beginning and after the end
SCALE = 24  # height of the line where seconds are written
DIAMOND = 8
CLOSEST_TICKS = 64
NICE = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
FROM_DRAG = 4  # pixels the pointer moves before a click is a drag


class Ruler(QWidget):
    """Shows the path over time; keyframes are dragged, clicked and deleted here.

    Parameters
    ----------
    model : CameraPathModel
    """

    def __init__(self, model: CameraPathModel) -> None:
        super().__init__()
        self._model = model
        self._held: int | None = None
        self._pressed_at = 0.0
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(SCALE + 56)
        self.setAccessibleName("Timeline")
        model.changed.connect(self._on_changed)
        model.time_changed.connect(self._on_changed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As wide as there is room."""
        return QSize(600, SCALE + 80)

    @property
    def track(self) -> float:
        """How far down the line of keyframes lies, in pixels."""
        return (SCALE + 4 + self.height()) / 2

    def x_of(self, time: float) -> float:
        """Where a moment lies, in pixels from the left."""
        return MARGIN + time / self._model.path.duration * (self.width() - 2 * MARGIN)

    def _time_at(self, x: float) -> float:
        return (x - MARGIN) / max(self.width() - 2 * MARGIN, 1) * self._model.path.duration

    def _keyframe_at(self, position: QPointF) -> int | None:
        if abs(position.y() - self.track) > DIAMOND + 5:
            return None
        distances = [abs(self.x_of(time) - position.x()) for time in self._model.path.passing_times]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= DIAMOND + 3 else None

    # -- painting

    def _on_changed(self, _time: float = 0.0) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint everything."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        band = QRectF(MARGIN - 6, SCALE + 8, self.width() - 2 * MARGIN + 12, self.height() - SCALE - 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors().raised))
        painter.drawRoundedRect(band, 5, 5)
        self._paint_ticks(painter, band)
        self._paint_keyframes(painter)
        self._paint_playhead(painter)

    def _paint_ticks(self, painter: QPainter, band: QRectF) -> None:
        duration = self._model.path.duration
        room = (self.width() - 2 * MARGIN) / duration
        step = next((nice for nice in NICE if nice * room >= CLOSEST_TICKS), NICE[-1])
        for index in range(math.floor(duration / step + 1e-6) + 1):
            x = self.x_of(index * step)
            painter.setPen(QColor(colors().line))
            painter.drawLine(QPointF(x, band.top()), QPointF(x, band.bottom()))
            painter.setPen(QColor(colors().quiet))
            text = f"{index * step:g} s"
            painter.drawText(QRectF(x - 40, 0, 80, SCALE - 6), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_keyframes(self, painter: QPainter) -> None:
        path = self._model.path
        times = path.passing_times
        if not times:
            painter.setPen(QColor(colors().quiet))
            area = QRectF(0, SCALE, self.width(), self.height() - SCALE)
            text = "Move the camera and press Add keyframe, or choose a preset."
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
            return
        painter.setPen(QPen(QColor(colors().quiet), 2))
        first, last = (0.0, path.duration) if path.loop else (times[0], times[-1])
        painter.drawLine(QPointF(self.x_of(first), self.track), QPointF(self.x_of(last), self.track))
        for index, time in enumerate(times):
            self._paint_diamond(painter, self.x_of(time), index == self._model.selected)

    def _paint_diamond(self, painter: QPainter, x: float, selected: bool) -> None:
        size = DIAMOND + (1.5 if selected else 0)
        corners = [
            QPointF(x, self.track - size),
            QPointF(x + size, self.track),
            QPointF(x, self.track + size),
            QPointF(x - size, self.track),
        ]
        painter.setPen(QPen(QColor(colors().raised), 2))
        painter.setBrush(QColor(colors().test if selected else colors().text))
        painter.drawPolygon(QPolygonF(corners))

    def _paint_playhead(self, painter: QPainter) -> None:
        x = self.x_of(self._model.time)
        painter.setPen(QPen(QColor(colors().accent), 2))
        painter.drawLine(QPointF(x, SCALE), QPointF(x, self.height() - 4))
        painter.setPen(QPen(QColor(colors().ground), 1))
        painter.setBrush(QColor(colors().accent))
        painter.drawPolygon(QPolygonF([QPointF(x - 6, SCALE - 2), QPointF(x + 6, SCALE - 2), QPointF(x, SCALE + 8)]))

    # -- pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take hold of a keyframe, or of the playhead."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._held = self._keyframe_at(event.position())
        self._pressed_at, self._dragging = event.position().x(), False
        if self._held is None:
            self._model.pause()
            self._model.select(None)
            self._model.seek(self._time_at(event.position().x()))
        else:
            self._model.select(self._held)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Drag what is held."""
        x = event.position().x()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._hint(event)
        elif self._held is None:
            self._model.seek(self._time_at(x))
        elif self._dragging or abs(x - self._pressed_at) > FROM_DRAG:
            self._dragging = True
            if not self._model.path.constant_speed:
                self._model.move(self._held, self._time_at(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Let go; a keyframe that was only clicked is gone to."""
        if self._held is not None and not self._dragging:
            self._model.go_to(self._held)
        self._model.end_drag()
        self._held = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802  Qt's name
        """Offer what can be done with a keyframe."""
        index = self._keyframe_at(QPointF(event.pos()))
        if index is None:
            return
        self._model.select(index)
        menu = QMenu(self)
        menu.addAction("Look from here", lambda: self._model.go_to(index))
        menu.addAction("Update to the current view", self._model.update)
        menu.addAction("Delete", self._model.delete)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Arrows step by frames, with Ctrl by keyframes; Delete deletes, Space plays."""
        model, frame = self._model, 1 / self._model.film.frames_per_second
        by_keyframe = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                direction = 1 if event.key() == Qt.Key.Key_Right else -1
                if by_keyframe:
                    model.step(direction)
                else:
                    model.seek(model.time + direction * frame)
            case Qt.Key.Key_Home:
                model.seek(0)
            case Qt.Key.Key_End:
                model.seek(model.path.duration)
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                model.delete()
            case Qt.Key.Key_Space:
                model.toggle()
            case _:
                super().keyPressEvent(event)

    def _hint(self, event: QMouseEvent) -> None:
        index = self._keyframe_at(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if index is None else Qt.CursorShape.PointingHandCursor)
        if index is None:
            return
        name = self._model.path.keyframes[index].name
        words = [name or f"Keyframe {index + 1}", f"{self._model.path.passing_times[index]:.2f} s"]
        if self._model.path.constant_speed:
            words.append("even speed sets its time")
        QToolTip.showText(event.globalPosition().toPoint(), " · ".join(words), self)
