"""Icons of the editing tools and of marks, painted in the colours of the look."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from viewer.model.look import colors

SIDE, SCALE = 20, 3  # pixels, and how many times finer they are painted


def tool_icon(name: str) -> QIcon:
    """The icon of a tool, dim where the tool is not in hand."""
    icon = QIcon()
    for color, state in ((colors().quiet, QIcon.State.Off), (colors().text, QIcon.State.On)):
        pixmap = QPixmap(SIDE * SCALE, SIDE * SCALE)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(SCALE, SCALE)
        pen = QPen(QColor(color), 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        PAINTERS[name](painter)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon


def _dash(painter: QPainter) -> None:
    pen = painter.pen()
    pen.setDashPattern([2, 2])
    painter.setPen(pen)


def _outline(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolygon([QPointF(x, y) for x, y in points])


def _navigate(painter: QPainter) -> None:
    _outline(painter, (5, 3), (5, 16), (8.6, 12.8), (11, 17.5), (13, 16.5), (10.8, 12), (15, 11.6))


def _rectangle(painter: QPainter) -> None:
    _dash(painter)
    painter.drawRect(QRectF(3, 5, 14, 10))


def _lasso(painter: QPainter) -> None:
    path = QPainterPath(QPointF(6, 13))
    path.cubicTo(1, 9, 4, 3.5, 10.5, 3.5)
    path.cubicTo(17, 3.5, 19, 9, 15, 11.5)
    path.cubicTo(12, 13.5, 8.5, 13.6, 6, 13)
    path.cubicTo(4.2, 13.4, 4.4, 16, 7, 16.8)
    painter.drawPath(path)


def _brush(painter: QPainter) -> None:
    painter.drawLine(QPointF(16.5, 3.5), QPointF(9.5, 10.5))
    path = QPainterPath(QPointF(9, 10))
    path.cubicTo(6, 10, 6.5, 14, 3.5, 16)
    path.cubicTo(8, 17.5, 11.5, 15.5, 10.5, 11.5)
    path.closeSubpath()
    painter.drawPath(path)


def _sphere(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(10, 10), 7, 7)
    painter.drawEllipse(QPointF(10, 10), 7, 2.6)


def _box(painter: QPainter) -> None:
    _outline(painter, (10, 2.5), (16.5, 6), (16.5, 14), (10, 17.5), (3.5, 14), (3.5, 6))
    for x, y in ((3.5, 6), (16.5, 6), (10, 17.5)):
        painter.drawLine(QPointF(10, 9.5), QPointF(x, y))


def _transform(painter: QPainter) -> None:
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        tip = QPointF(10 + 7.5 * dx, 10 + 7.5 * dy)
        painter.drawLine(QPointF(10, 10), tip)
        for side in (-1, 1):
            painter.drawLine(tip, QPointF(tip.x() - 2.6 * dx + 2.6 * side * dy, tip.y() - 2.6 * dy + 2.6 * side * dx))


def _eye(painter: QPainter) -> None:
    path = QPainterPath(QPointF(2.5, 10))
    path.cubicTo(6, 4.5, 14, 4.5, 17.5, 10)
    path.cubicTo(14, 15.5, 6, 15.5, 2.5, 10)
    painter.drawPath(path)
    painter.drawEllipse(QPointF(10, 10), 2.4, 2.4)


def _closed_eye(painter: QPainter) -> None:
    path = QPainterPath(QPointF(2.5, 9))
    path.cubicTo(6, 14.5, 14, 14.5, 17.5, 9)
    painter.drawPath(path)
    for x, y in ((5, 15), (10, 16.5), (15, 15)):
        painter.drawLine(QPointF(x + (10 - x) * 0.12, 12.6 if x != 10 else 13.4), QPointF(x, y))


def _lock(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(4.5, 9, 11, 8), 1.5, 1.5)
    painter.drawArc(QRectF(6.5, 3, 7, 11), 0, 180 * 16)


def _unlock(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(4.5, 9, 11, 8), 1.5, 1.5)
    painter.drawArc(QRectF(6.5, 3, 7, 11), 50 * 16, 130 * 16)


PAINTERS: dict[str, Callable[[QPainter], None]] = {
    "navigate": _navigate,
    "rectangle": _rectangle,
    "lasso": _lasso,
    "brush": _brush,
    "sphere": _sphere,
    "box": _box,
    "transform": _transform,
    "eye": _eye,
    "closed_eye": _closed_eye,
    "lock": _lock,
    "unlock": _unlock,
}
