"""Cards: a picture with two lines under it, that can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

PICTURE = QSize(208, 128)
ROUND, LINES, PADDING = 8, 46, 10


class Card(QAbstractButton):
    """A picture, a title and a quiet line; goes by mouse and by keyboard.

    Parameters
    ----------
    title, words : str
    badge : str
        A word in the corner of the picture: what kind of thing it is.
    picture : QPixmap, optional
    """

    def __init__(self, title: str, words: str, badge: str = "", picture: QPixmap | None = None) -> None:
        super().__init__()
        self.setText(title)
        self.setAccessibleName(f"{title}, {words}")
        self._words, self._badge, self._picture = words, badge, picture
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As large as every other card."""
        return PICTURE + QSize(0, LINES)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint the card."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), ROUND, ROUND)
        painter.fillPath(outline, self.palette().alternateBase())
        painter.setClipPath(outline)
        self._paint_picture(painter, QRect(0, 0, self.width(), PICTURE.height()))
        self._paint_words(painter)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(self.palette().highlight().color() if lit else self._faint(0.15))
        painter.drawPath(outline)

    def _paint_picture(self, painter: QPainter, place: QRect) -> None:
        painter.fillRect(place, self._faint(0.06))
        if self._picture is not None and not self._picture.isNull():
            size = self._picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
            target = QRect(0, 0, size.width(), size.height())
            target.moveCenter(place.center())
            painter.save()
            painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
            painter.drawPixmap(target, self._picture)
            painter.restore()
        else:
            self._paint_panels(painter, place)
        if self._badge:
            self._paint_badge(painter, place)

    def _paint_panels(self, painter: QPainter, place: QRect) -> None:
        """Three panels for want of a picture."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._faint(0.13))
        for shift, height in ((-24, 38), (0, 50), (24, 38)):
            panel = QRect(0, 0, 18, height)
            panel.moveCenter(place.center() + QPoint(shift, -6))
            painter.drawRoundedRect(panel, 3, 3)

    def _paint_badge(self, painter: QPainter, place: QRect) -> None:
        width = painter.fontMetrics().horizontalAdvance(self._badge) + 14
        badge = QRect(place.left() + 8, place.bottom() - 28, width, 21)
        ground = self.palette().window().color()
        ground.setAlpha(215)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(badge, 5, 5)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self._badge)

    def _paint_words(self, painter: QPainter) -> None:
        width, top = self.width() - 2 * PADDING, PICTURE.height()
        text, quiet = self.palette().windowText().color(), self._faint(0.6)
        for words, color, shift in ((self.text(), text, 4), (self._words, quiet, 22)):
            elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width)
            painter.setPen(color)
            painter.drawText(QRect(PADDING, top + shift, width, 20), Qt.AlignmentFlag.AlignVCenter, elided)

    def _faint(self, share: float) -> QColor:
        """The colour of text, mixed into that of the ground."""
        ground, text = (
            self.palette().color(role) for role in (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText)
        )
        mixed = (a + share * (b - a) for a, b in zip(ground.getRgbF()[:3], text.getRgbF()[:3], strict=True))
        return QColor.fromRgbF(*mixed)
