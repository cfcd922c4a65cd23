"""A histogram with two handles: the range of a value."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.model.edit_exchange import Histogram
from viewer.model.look import colors

MARGIN, HEIGHT, TEXT_HEIGHT = 7, 64, 18
KEY_STEP = 0.01


class RangeHistogram(QWidget):
    """Shows how often values occur, and lets a range of them be taken by dragging its ends, or what is between.

    With the keyboard, left and right move the end used last, and the space bar changes over to the other one.

    Attributes
    ----------
    moved : Signal
        While an end is dragged.
    released : Signal
        When it is let go.
    """

    moved = Signal()
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._histogram: Histogram | None = None
        self._ends = [0.0, 1.0]
        self._held: int | None = None
        self._last = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Drag the ends to select splats whose value lies between them")

    def show_histogram(self, histogram: Histogram | None) -> None:
        """Show this from now on; the range stays where it is on the picture."""
        self._histogram = histogram
        self.update()

    def take_all(self) -> None:
        """Take the whole range."""
        self._ends = [0.0, 1.0]
        self.update()

    @property
    def low(self) -> float | None:
        """The lower end; None where it is open."""
        return self._value(self._ends[0]) if self._ends[0] > 0 else None

    @property
    def high(self) -> float | None:
        """The upper end; None where it is open."""
        return self._value(self._ends[1]) if self._ends[1] < 1 else None

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As high as its parts."""
        return QSize(200, HEIGHT + TEXT_HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take the nearer end."""
        if event.button() != Qt.MouseButton.LeftButton or self._histogram is None:
            return
        fraction = self._fraction(event.position())
        first, second = (abs(fraction - end) for end in self._ends)
        closer_to_low = first < second or (first == second and fraction < self._ends[0])
        self._held = self._last = 0 if closer_to_low else 1
        self._move(fraction)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Move the end that is held."""
        if self._held is not None:
            self._move(self._fraction(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Let go."""
        if self._held is not None:
            self._held = None
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Move an end by keys."""
        step = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Space:
            self._last = 1 - self._last
            self.update()
        elif step is None or self._histogram is None:
            super().keyPressEvent(event)
        else:
            self._held = self._last
            self._move(self._ends[self._last] + step)
            self._held = None
            self.released.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint bars, ends and their values."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(MARGIN, 2, self.width() - 2 * MARGIN, HEIGHT - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors().raised))
        painter.drawRoundedRect(area.adjusted(-MARGIN + 1, 0, MARGIN - 1, 0), 4, 4)
        if self._histogram is None:
            return
        self._paint_bars(painter, area, self._histogram)
        for index, end in enumerate(self._ends):
            x = area.left() + end * area.width()
            half = 2.5 if index == self._last and self.hasFocus() else 1.5
            painter.setBrush(QColor(colors().text))
            painter.drawRoundedRect(QRectF(x - half, area.top(), 2 * half, area.height()), half, half)
        painter.setPen(QColor(colors().quiet))
        words = QRectF(1, HEIGHT, self.width() - 2, TEXT_HEIGHT)
        for end, side in zip(self._ends, (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight), strict=True):
            painter.drawText(words, side | Qt.AlignmentFlag.AlignVCenter, short(self._value(end)))

    def _paint_bars(self, painter: QPainter, area: QRectF, histogram: Histogram) -> None:
        count, most = len(histogram.counts), max(*histogram.counts, 1)
        width = area.width() / count
        for index, number in enumerate(histogram.counts):
            middle = (index + 0.5) / count
            painter.setBrush(QColor(colors().accent if self._ends[0] <= middle <= self._ends[1] else colors().line))
            # By the square root, for a value is rare just where it is worth selecting.
            height = (area.height() - 6) * math.sqrt(number / most)
            painter.drawRect(QRectF(area.left() + index * width, area.bottom() - height, max(width - 1, 1), height))

    def _move(self, fraction: float) -> None:
        if self._held is None:
            return
        other = self._ends[1 - self._held]
        fraction = min(max(fraction, 0.0), 1.0)
        self._ends[self._held] = min(fraction, other) if self._held == 0 else max(fraction, other)
        self.update()
        self.moved.emit()

    def _fraction(self, position: QPointF) -> float:
        return (position.x() - MARGIN) / max(self.width() - 2 * MARGIN, 1)

    def _value(self, fraction: float) -> float:
        histogram = self._histogram
        if histogram is None:
            return 0.0
        if histogram.logarithmic and histogram.low > 0:
            return histogram.low * (histogram.high / histogram.low) ** fraction
        return histogram.low + fraction * (histogram.high - histogram.low)


def short(value: float) -> str:
    """A number in three digits."""
    return f"{value:.3g}" if value < 1e4 else f"{value:,.0f}"
