"""Small plots in a row, one for each quantity, with a line for each run. Imported when first needed: it takes long."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtWidgets import QGraphicsScene

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

import pyqtgraph as pg

from viewer.model.curve_board import CurveBoard, Line
from viewer.model.curves import Quantity, smoothed, thinned
from viewer.model.look import colors
from viewer.panels.style import on_recolored

POINTS = 300  # of a line: about the pixels it gets
FEW = 60  # points that are marked one by one
WIDEST_WINDOW = 0.1  # of a run, at full smoothing
NARROWEST = 205  # pixels of a plot; where there is less room there are fewer of them
TITLE_HEIGHT = 18
NEAR = 6  # pixels from a mark at which it is told
Values = NDArray[np.float64]


class Plots(pg.GraphicsLayoutWidget):
    """The plots.

    Parameters
    ----------
    board : CurveBoard

    Attributes
    ----------
    pointed : Signal
        Emitted with what is to be said of the step under the pointer; empty where there is none.
    """

    pointed = Signal(str)

    def __init__(self, board: CurveBoard) -> None:
        super().__init__()
        self._board = board
        self._made: dict[Quantity, _Plot] = {}  # kept: what Qt has drawn is not thrown away while it may come again
        self._plots: dict[Quantity, _Plot] = {}  # those shown
        self._step: float | None = None
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # few items, which change all the time
        self.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.ci.layout.setSpacing(10)
        self.scene().sigMouseMoved.connect(self._on_moved)
        on_recolored(self, self._on_recolored)

    def draw(self) -> None:
        """Draw everything anew."""
        shown = [quantity for quantity in self._board.quantities if quantity.name not in self._board.hidden]
        shown = shown[: max(1, self.width() // NARROWEST)]
        if list(self._plots) != shown:
            self._build(shown)
        for plot in self._plots.values():
            plot.draw(self._board)
        self._point(self._step)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Show the last values again."""
        super().leaveEvent(event)
        self._point(None)

    def _on_recolored(self) -> None:
        self.setBackground(colors().ground)
        for plot in self._made.values():
            plot.recolor()
        if self._plots:
            self.draw()

    def _build(self, shown: Sequence[Quantity]) -> None:
        self.clear()
        self._plots = {}
        for column, quantity in enumerate(shown):
            plot = self._plot_of(quantity)
            self.addItem(plot, row=0, col=column)
            self.ci.layout.setColumnStretchFactor(column, 1)
            self.ci.layout.setColumnPreferredWidth(column, NARROWEST)
            plot.setXLink(next(iter(self._plots.values()), None))
            self._plots[quantity] = plot
        self.ci.setGeometry(self.range)  # it has grown to what many plots need, and does not shrink by itself

    def _plot_of(self, quantity: Quantity) -> _Plot:
        if quantity not in self._made:
            self._made[quantity] = _Plot(quantity)
        return self._made[quantity]

    def _on_moved(self, place: QPointF) -> None:
        under = (plot for plot in self._plots.values() if plot.vb.sceneBoundingRect().contains(place))
        plot = next(under, None)
        self._point(plot.vb.mapSceneToView(place).x() if plot else None, plot)

    def _point(self, step: float | None, plot: _Plot | None = None) -> None:
        self._step = step
        for each in self._plots.values():
            each.point(step)
        if step is None:
            self.pointed.emit("")
            return
        reach = NEAR * plot.vb.viewPixelSize()[0] if plot else 0.0
        marks = (mark for line in self._board.lines for mark in line.curves.marks if abs(mark.step - step) <= reach)
        words = [f"step {max(0.0, step):,.0f}", *dict.fromkeys(f"{mark.text} from {mark.step:,}" for mark in marks)]
        self.pointed.emit(" · ".join(words))


class _Plot(pg.PlotItem):
    """One quantity of all runs."""

    def __init__(self, quantity: Quantity) -> None:
        super().__init__(axisItems={"left": _Axis("left"), "bottom": _Axis("bottom")}, enableMenu=False)
        self._quantity = quantity
        self._raw: dict[str, pg.PlotDataItem] = {}
        self._lines: dict[str, pg.PlotDataItem] = {}
        self._marks: list[pg.InfiniteLine] = []
        self._values: list[tuple[str, Values, Values]] = []
        self._pointer = pg.InfiniteLine(angle=90)
        self._pointer.hide()
        self.addItem(self._pointer, ignoreBounds=True)
        self.showGrid(y=True, alpha=0.12)
        self.hideButtons()
        self.titleLabel.setAttr("justify", "left")
        self.titleLabel.setMaximumHeight(TITLE_HEIGHT)
        self.titleLabel.setVisible(True)
        self.layout.setRowFixedHeight(0, TITLE_HEIGHT)
        self.getAxis("left").setWidth(40)
        self.recolor()

    def recolor(self) -> None:
        """Take the window's colours; lines take theirs when they are drawn."""
        self._pointer.setPen(pg.mkPen(colors().quiet, style=Qt.PenStyle.DotLine))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(colors().line)
            axis.setTextPen(colors().quiet)

    def draw(self, board: CurveBoard) -> None:
        """Draw the runs' lines and the marks of changed parameters."""
        self.setLogMode(y=self._quantity.name == "loss" and board.log_loss)
        for key in self._lines.keys() - {line.key for line in board.lines}:
            self.removeItem(self._lines.pop(key))
            self.removeItem(self._raw.pop(key))
        self._values = []
        for line in board.lines:
            self._draw_line(line, board.smoothing)
        marks = [(mark.step, colors().curves[line.color]) for line in board.lines for mark in line.curves.marks]
        self._draw_marks(marks)

    def point(self, step: float | None) -> None:
        """Show the values at a step; the last ones without."""
        self._pointer.setVisible(step is not None)
        if step is not None:
            self._pointer.setPos(step)
        words = [f'<span style="color:{color}">{_told(x, y, step)}</span>' for color, x, y in self._values]
        unit = f" {self._quantity.unit}" if self._quantity.unit else ""
        title = f'<span style="color:{colors().quiet}">{self._quantity.title}{unit}</span>'
        self.titleLabel.setText("&nbsp; ".join([title, *words]), size="9pt", color=colors().text)
        self.titleLabel.setMinimumWidth(0)  # lest a long title take the room of the plots beside it

    def _draw_line(self, line: Line, smoothing: float) -> None:
        color = colors().curves[line.color]
        if line.key not in self._lines:
            self._raw[line.key] = self.plot(connect="finite")
            self._lines[line.key] = self.plot(connect="finite", antialias=True, symbolPen=None, symbolSize=5)
        self._color_line(line.key, color)
        steps, values = line.curves.points(self._quantity.name)
        if self.getAxis("left").logMode:
            values = np.where(values > 0, values, np.nan)  # where there is no logarithm there is a gap
        window = round(1 + smoothing * WIDEST_WINDOW * len(values)) if len(values) > FEW else 1
        smooth = smoothed(values, window)
        self._raw[line.key].setData(*(thinned(steps, values, POINTS) if smooth is not values else ([], [])))
        x, y = thinned(steps, smooth, POINTS)
        self._lines[line.key].setData(x, y, symbol="o" if 0 < len(steps) < FEW else None)
        if len(x):
            self._values.append((color, x, y))

    def _color_line(self, key: str, color: str) -> None:
        faint = pg.mkColor(color)
        faint.setAlphaF(0.25)
        self._raw[key].setPen(pg.mkPen(faint))
        self._lines[key].setPen(pg.mkPen(color, width=1.5))
        self._lines[key].setSymbolBrush(color)

    def _draw_marks(self, marks: Sequence[tuple[int, str]]) -> None:
        if [(mark.x(), mark.color) for mark in self._marks] == marks:
            return
        for mark in self._marks:
            self.removeItem(mark)
        self._marks = [_Mark(step, color) for step, color in marks]
        for mark in self._marks:
            self.addItem(mark, ignoreBounds=True)


class _Mark(pg.InfiniteLine):
    """Where a parameter was changed."""

    def __init__(self, step: int, color: str) -> None:
        super().__init__(step, angle=90, pen=pg.mkPen(color, style=Qt.PenStyle.DashLine))
        self.color = color


class _Axis(pg.AxisItem):
    """An axis that writes 30000 as 30k."""

    def tickStrings(self, values: list[float], *_: float) -> list[str]:  # noqa: N802  the library's name
        """Write numbers short."""
        if self.logMode:
            return [_decade(value) for value in values]
        return [_short(value) if abs(value) >= 1000 else f"{value:.6g}" for value in values]


def _decade(logarithm: float) -> str:
    """Numbers that begin with 1, 2 or 5; the others would lie over each other."""
    text = f"{10**logarithm:.2g}"
    return text if text.strip("0.").split("e")[0] in {"1", "2", "5"} else ""


def _short(value: float) -> str:
    for power, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= power:
            return f"{value / power:.4g}{letter}"
    return f"{value:.4g}"


def _told(steps: Values, values: Values, step: float | None) -> str:
    index = len(steps) - 1 if step is None else int(np.searchsorted(steps, step, side="right")) - 1
    return _short(float(values[index])) if index >= 0 else ""
