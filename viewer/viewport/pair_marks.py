"""Numbered marks at the points that were picked to register results."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from recon.scene import Camera
from viewer.model.registering import RegisterModel
from viewer.viewport.gizmo_painter import LIT, SHADE

RADIUS = 9.0  # pixels


class PairMarks(QWidget):
    """Fills the overlay of a picture, and marks what was picked on the result that it shows.

    Parameters
    ----------
    overlay : QWidget
        Lies over the picture.
    model : RegisterModel
    camera : callable
        The camera of the picture on screen, or None.
    key : callable
        Of the result on screen.
    """

    def __init__(
        self,
        overlay: QWidget,
        model: RegisterModel,
        camera: Callable[[], Camera | None],
        key: Callable[[], str | None],
    ) -> None:
        super().__init__(overlay)
        self._model, self._camera, self._key = model, camera, key
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(overlay.size())
        overlay.installEventFilter(self)
        for event in (model.events.pairs, model.events.open, model.events.moving, model.events.fixed):
            event.connect(self._on_changed)
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Stay as large as the picture."""
        if event.type() == QEvent.Type.Resize:
            self.resize(watched.size())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint a ring, a dot and a number for each point."""
        camera, key = self._camera(), self._key()
        marks = [mark for mark in self._model.marks if mark.key == key]
        if camera is None or not marks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pixels, depths = camera.project(np.array([mark.point for mark in marks]))
        across, down = self.width() / camera.width, self.height() / camera.height
        for mark, (x, y), depth in zip(marks, pixels, depths, strict=True):
            if depth > 0:
                _paint(painter, QPointF(x * across, y * down), str(mark.number))

    def _on_changed(self, *_: object) -> None:
        self.update()


def _paint(painter: QPainter, place: QPointF, number: str) -> None:
    """Light on dark, to be seen on anything."""
    for color, width in ((SHADE, 4.0), (LIT, 1.8)):
        painter.setPen(QPen(QColor(color), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place, RADIUS, RADIUS)
    painter.setPen(Qt.PenStyle.NoPen)
    for color, radius in ((SHADE, 2.6), (LIT, 1.5)):
        painter.setBrush(QColor(color))
        painter.drawEllipse(place, radius, radius)
    box = QRectF(place.x() + RADIUS, place.y() - 2.2 * RADIUS, 18, 16)
    painter.setBrush(QColor(SHADE))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(LIT))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, number)
