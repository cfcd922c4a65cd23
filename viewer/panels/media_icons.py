"""Icons of playing, drawn: fonts that hold these signs are not everywhere."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

from viewer.model.look import colors

Sign = Literal["play", "pause", "before", "after"]
SIZE, SHARP = 16, 2  # drawn twofold for sharp screens


def media_icon(sign: Sign) -> QIcon:
    """One of the signs, bright, and dim where it is disabled."""
    icon = QIcon()
    for mode, color in ((QIcon.Mode.Normal, colors().text), (QIcon.Mode.Disabled, colors().line)):
        icon.addPixmap(_drawn(sign, color), mode)
    return icon


def _drawn(sign: Sign, color: str) -> QPixmap:
    canvas = QPixmap(SIZE * SHARP, SIZE * SHARP)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SHARP, SHARP)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    if sign == "pause":
        for left in (4, 9):
            painter.drawRect(QRectF(left, 3, 3, 10))
    else:
        if sign == "before":  # the mirror image of "after"
            painter.translate(SIZE, 0)
            painter.scale(-1, 1)
        painter.drawPolygon(QPolygonF([QPointF(4, 3), QPointF(12, 8), QPointF(4, 13)]))
        if sign != "play":
            painter.drawRect(QRectF(12, 3, 2, 10))
    painter.end()
    canvas.setDevicePixelRatio(SHARP)
    return canvas
