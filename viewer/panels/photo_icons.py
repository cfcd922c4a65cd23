"""Thumbnails with a mark that tells what a photograph is used for: by colour and by shape."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from viewer.model.capture import ViewState
from viewer.model.look import colors

ICON = QSize(96, 72)
RATIO = 2  # drawn twofold for sharp screens
MARK = QPointF(17, 17)
FADED = 0.22


def photo_icon(picture: QPixmap | None, state: ViewState) -> QIcon:
    """A thumbnail cut to fill its place, with its mark; one that is disabled is faded."""
    canvas = QPixmap(ICON * RATIO)
    canvas.fill(QColor(colors().line))
    painter = QPainter(canvas)
    painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
    if picture is not None:
        painter.setOpacity(FADED if state == "disabled" else 1.0)
        _fill(painter, canvas.size(), picture)
        painter.setOpacity(1.0)
    _mark(painter, state, MARK, 7.0)
    painter.end()
    canvas.setDevicePixelRatio(RATIO)
    icon = QIcon(canvas)
    icon.addPixmap(canvas, QIcon.Mode.Selected)  # else Qt tints it
    return icon


def mark_icon(state: ViewState) -> QIcon:
    """The mark alone, for legends and menus."""
    canvas = QPixmap(36, 36)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _mark(painter, state, QPointF(18, 18), 8.0)
    painter.end()
    canvas.setDevicePixelRatio(RATIO)
    return QIcon(canvas)


def _fill(painter: QPainter, size: QSize, picture: QPixmap) -> None:
    filled = picture.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    offset = (filled.size() - size) / 2
    painter.drawPixmap(-offset.width(), -offset.height(), filled)


def _mark(painter: QPainter, state: ViewState, middle: QPointF, radius: float) -> None:
    """A disc for training, a square for testing, a cross for neither."""
    outline = QPen(QColor(colors().ground), 3.0)
    if state == "disabled":
        for pen in (QPen(QColor(colors().ground), 7.0), QPen(QColor(colors().text), 3.0)):
            painter.setPen(pen)
            painter.drawLine(middle + QPointF(-radius, -radius), middle + QPointF(radius, radius))
            painter.drawLine(middle + QPointF(-radius, radius), middle + QPointF(radius, -radius))
        return
    painter.setPen(outline)
    painter.setBrush(QColor(colors().test if state == "test" else colors().train))
    if state == "test":
        side = 1.7 * radius
        painter.drawRect(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side))
    else:
        painter.drawEllipse(middle, radius, radius)


def state_color(state: ViewState) -> str:
    """The colour a state has in words."""
    return {"train": colors().train, "test": colors().test, "disabled": colors().quiet}[state]
