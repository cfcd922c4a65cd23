"""Curves of runs, side by side: the panel, and how often it draws."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.model.curve_board import CurveBoard
from viewer.model.look import colors
from viewer.panels.seen import is_seen
from viewer.panels.style import on_recolored

if TYPE_CHECKING:
    from viewer.panels.plots import Plots

REDRAW = 2000  # milliseconds between two drawings: on machines that draw in software each one slows training down
SOON = 50  # milliseconds until what has just become visible or has changed is drawn


class CurvesPanel(QWidget):
    """Loss, test PSNR, Gaussians, speed and memory of one or several runs; made for a height of 220 pixels.

    The plotting library is loaded when the panel is first shown.

    Parameters
    ----------
    board : CurveBoard
    """

    def __init__(self, board: CurveBoard) -> None:
        super().__init__()
        self._board = board
        self._plots: Plots | None = None
        self._legend = QHBoxLayout()
        self._legend.setSpacing(12)
        self._readout = QLabel(objectName="quiet")
        self._empty = QLabel("Curves appear here once a run trains.", objectName="quiet")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._show = QToolButton(text="Show", toolTip="Choose which curves are drawn")
        self._show.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._show.setMenu(QMenu(self._show))
        self._show.menu().aboutToShow.connect(self._fill_menu)
        self._log = QCheckBox("Log loss", checked=board.log_loss)
        self._log.toggled.connect(lambda on: setattr(board, "log_loss", on))
        self._smoothing = QSlider(Qt.Orientation.Horizontal, maximum=100, toolTip="Smoothing")
        self._smoothing.setFixedWidth(90)
        self._smoothing.valueChanged.connect(lambda value: setattr(board, "smoothing", value / 100))
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw)
        self._drawn_at = -math.inf
        self._arrange()
        board.grown.connect(self._on_grown)
        board.changed.connect(self._on_changed)
        on_recolored(self, self._on_changed)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self._draw_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Draw as many plots as there is room for."""
        super().resizeEvent(event)
        self._draw_soon()

    def _arrange(self) -> None:
        legend = QWidget()
        legend.setLayout(self._legend)
        self._legend.setContentsMargins(0, 0, 0, 0)
        for widget in (legend, self._readout):  # what does not fit is cut, so that the panel can be narrow
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar = QHBoxLayout()
        bar.setSpacing(10)
        bar.addWidget(legend, stretch=3)
        bar.addWidget(self._readout, stretch=2)
        for control in (self._show, self._log, QLabel("Smooth", objectName="quiet"), self._smoothing):
            bar.addWidget(control)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 4)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addWidget(self._empty, stretch=1)

    def _on_changed(self) -> None:
        _clear(self._legend)
        for line in self._board.lines:
            label = QLabel(f'<span style="color:{colors().curves[line.color]}">●</span> {line.title}')
            close = QToolButton(text="✕", toolTip=f"Show {line.title} no more")
            close.setStyleSheet("padding: 0 2px")
            close.clicked.connect(lambda _, key=line.key: self._board.remove(key))
            self._legend.addWidget(label)
            self._legend.addWidget(close)
        self._legend.addStretch()
        self._draw_soon()

    def _draw_soon(self) -> None:
        """Draw what somebody has just changed, if it is seen."""
        if is_seen(self) and (not self._timer.isActive() or self._timer.remainingTime() > SOON):
            self._timer.start(SOON)

    def _on_grown(self) -> None:
        """Draw what is new, but not with every step."""
        if is_seen(self) and not self._timer.isActive():
            rest = REDRAW - 1000 * (time.monotonic() - self._drawn_at)
            self._timer.start(round(max(rest, SOON)))

    def _draw(self) -> None:
        self._drawn_at = time.monotonic()
        quantities = self._board.quantities
        self._empty.setVisible(not quantities)
        if not self.isVisible() or (not quantities and self._plots is None):
            return
        if self._plots is None:
            from viewer.panels.plots import Plots

            self._plots = Plots(self._board)
            self._plots.pointed.connect(self._readout.setText)
            self.layout().addWidget(self._plots, stretch=1)
        self._plots.setVisible(bool(quantities))
        self._plots.draw()

    def _fill_menu(self) -> None:
        board, menu = self._board, self._show.menu()
        menu.clear()
        for quantity in board.quantities:
            action = menu.addAction(quantity.title)
            action.setCheckable(True)
            action.setChecked(quantity.name not in board.hidden)
            action.toggled.connect(lambda _, name=quantity.name: setattr(board, "hidden", board.hidden ^ {name}))


def _clear(layout: QHBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
