"""A bar of colours over a pane, and the words that go with it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.model.look import colors
from viewer.model.mesh_shade import Legend
from viewer.model.ramps import colors_of

BAR_WIDTH, BAR_HEIGHT = 14, 160
PAD, GAP = 10, 10
STEPS = 256
CORNER = 5.0


class LegendCard(QWidget):
    """Shows a legend; nothing where there is none. The pointer goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.legend: Legend | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_legend(self, legend: Legend | None) -> None:
        """Show this from now on."""
        self.legend = legend
        self.setVisible(legend is not None)
        self.setAccessibleName("" if legend is None else ". ".join((legend.title, *legend.lines)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As large as its words and its bar."""
        legend, metrics = self.legend or Legend(), self.fontMetrics()
        words = [legend.title, *legend.lines]
        widths = [metrics.horizontalAdvance(word) for word in words]
        if legend.ramp:
            widths.append(BAR_WIDTH + GAP + max(metrics.horizontalAdvance(tick) for tick in legend.ticks))
        return QSize(max(widths) + 2 * PAD, self._lines_top() + len(legend.lines) * metrics.height() + PAD)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint it."""
        if self.legend is None:
            return
        legend, painter, metrics = self.legend, QPainter(self), self.fontMetrics()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors().scrim))
        painter.drawRoundedRect(QRectF(self.rect()), CORNER, CORNER)
        painter.setPen(QColor(colors().text))
        if legend.title:
            painter.drawText(PAD, PAD + metrics.ascent(), legend.title)
        if legend.ramp:
            self._paint_bar(painter, legend)
        top = self._lines_top()
        for row, line in enumerate(legend.lines):
            painter.drawText(PAD, top + row * metrics.height() + metrics.ascent(), line)

    def _paint_bar(self, painter: QPainter, legend: Legend) -> None:
        metrics, top = self.fontMetrics(), self._bar_top()
        pixels = np.ascontiguousarray(colors_of(np.linspace(1, 0, STEPS), 0, 1, legend.ramp or "sequential"))
        image = QImage(pixels.tobytes(), 1, STEPS, 3, QImage.Format.Format_RGB888)
        painter.drawImage(QRectF(PAD, top, BAR_WIDTH, BAR_HEIGHT), image)
        last = max(len(legend.ticks) - 1, 1)
        for place, tick in enumerate(legend.ticks):
            middle = top + BAR_HEIGHT * (1 - place / last)
            baseline = round(middle + (metrics.ascent() - metrics.descent()) / 2)
            painter.drawText(PAD + BAR_WIDTH + GAP, baseline, tick)

    def _bar_top(self) -> int:
        metrics = self.fontMetrics()
        return PAD + (metrics.height() if self.legend and self.legend.title else 0) + GAP

    def _lines_top(self) -> int:
        """Below the bar where there is one."""
        if self.legend is None or not self.legend.ramp:
            return PAD + (self.fontMetrics().height() if self.legend and self.legend.title else 0)
        return self._bar_top() + BAR_HEIGHT + GAP + self.fontMetrics().descent()
