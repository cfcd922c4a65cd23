"""Sliders for blocks: how many there are, their shapes, and how far apart they are drawn."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from viewer.model.block_editing import BlockModel
from viewer.model.block_target import SHAPES, ShapeName
from viewer.model.edit_history import SHAPE_TITLES

TICKS = 200  # steps of a slider over a range


class LiveSlider(QSlider):
    """A slider that tells a drag from what ends it.

    Attributes
    ----------
    moved : Signal
        While it is dragged, with its place.
    settled : Signal
        When it is let go, or moved by a key or the wheel, with its place.
    """

    moved = Signal(int)
    settled = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.valueChanged.connect(self._on_changed)
        self.sliderReleased.connect(lambda: self.settled.emit(self.value()))

    def _on_changed(self, value: int) -> None:
        (self.moved if self.isSliderDown() else self.settled).emit(value)

    def put(self, low: int, high: int, value: int) -> None:
        """Show a place within a range; nothing is emitted, and a drag is left alone."""
        if self.isSliderDown():
            return
        blocked = self.blockSignals(True)
        self.setRange(low, high)
        self.setValue(value)
        self.blockSignals(blocked)


class NumberSlider(QWidget):
    """How many blocks there are, by the merges of the result.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._model = model
        self._slider, self._number = LiveSlider("Number of blocks"), QLabel()
        self._number.setMinimumWidth(24)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip("Merge blocks by what it costs least, or undo such merges; nothing is fitted again")
        self._slider.moved.connect(lambda count: model.choose_number(count, provisional=True))
        self._slider.settled.connect(model.choose_number)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (QLabel("Blocks"), self._slider, self._number):
            layout.addWidget(widget)
        model.events.target.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        target = self._model.target
        count = len(target.edited.blocks) if target else 0
        self._number.setText(str(count) if target else "")
        if not self._slider.isSliderDown():
            low, high = self._model.numbers
            self._slider.put(low, high, count)
            self._slider.setEnabled(low < high)


class ShapeSliders(QWidget):
    """Exponents, tapers and opacity of the selected blocks.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._model = model
        self._sliders: dict[ShapeName, LiveSlider] = {}
        self._values: dict[ShapeName, QLabel] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for row, (name, words) in enumerate(SHAPE_TITLES.items()):
            slider, value = LiveSlider(words), QLabel()
            value.setMinimumWidth(36)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            slider.moved.connect(self._setter(name, provisional=True))
            slider.settled.connect(self._setter(name, provisional=False))
            for column, widget in enumerate((QLabel(words), slider, value)):
                layout.addWidget(widget, row, column)
            self._sliders[name], self._values[name] = slider, value
        for event in (model.events.target, model.events.selection):
            event.connect(self._on_changed)
        self._on_changed()

    def _setter(self, name: ShapeName, *, provisional: bool) -> Callable[[int], None]:
        _, _, low, high = SHAPES[name]
        return lambda tick: self._model.shape(name, low + (high - low) * tick / TICKS, provisional=provisional)

    def _on_changed(self) -> None:
        model, target = self._model, self._model.target
        self.setEnabled(bool(model.free))
        block = target.edited.block(model.free[0]) if target and model.free else None
        for name, slider in self._sliders.items():
            field, column, low, high = SHAPES[name]
            row = getattr(block, field)[0] if block is not None else low
            value = float(row if block is None or column is None else row[column])
            slider.put(0, TICKS, round((value - low) / (high - low) * TICKS))
            self._values[name].setText(f"{round(value, 2) + 0.0:.2f}" if block is not None else "")


class ExplodeSlider(QWidget):
    """How far blocks are drawn apart.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._slider = LiveSlider("Draw apart")
        self._slider.setRange(0, TICKS)
        self.setToolTip("Draw blocks apart, to see each by itself; nothing is moved")
        self._slider.valueChanged.connect(lambda tick: setattr(model, "explode", tick / TICKS))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(QLabel("Draw apart"))
        row.addWidget(self._slider)
        layout.addLayout(row)
        model.events.explode.connect(lambda amount: self._slider.put(0, TICKS, round(amount * TICKS)))
