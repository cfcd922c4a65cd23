"""Editors of single values: they show what a `ParameterForm` holds, and hand back what was entered."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QSlider, QWidget

from viewer.model.parameter_form import Field

SLIDER_STEPS = 1000
FEW = 100  # whole numbers that a slider can still tell apart
PADDING = 18  # pixels of a field that its text does not get
NOTCHES = 20  # presses of an arrow key for a factor of ten


class ValueEdit(QLineEdit):
    """A number or a text: with its unit while it is looked at, bare while it is edited.

    Parameters
    ----------
    field : Field

    Attributes
    ----------
    entered : Signal
        Emitted with the text, on Enter or when the focus leaves; Escape takes back what was typed.
    nudged : Signal
        Emitted with +1 or -1 for the arrow keys.
    """

    entered = Signal(str)
    nudged = Signal(int)

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._value: Any = None
        self._shown = ""
        self.setMinimumWidth(64)
        self.returnPressed.connect(self._enter)

    def show_value(self, value: Any) -> None:
        """Show a value, or a text that is none."""
        self._value = value
        if self.hasFocus():
            self._show(plain(value))
            self.selectAll()
        else:
            self._show(self._dressed())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Take the unit off, and mark the number for typing over."""
        super().focusInEvent(event)
        self._show(plain(self._value))
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Enter what was typed, and put the unit back."""
        super().focusOutEvent(event)
        self._enter()
        self._show(self._dressed())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Show the unit where there is room for it."""
        super().resizeEvent(event)
        if not self.hasFocus():
            self._show(self._dressed())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Escape takes back; the arrows go up and down."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self._show(plain(self._value))
            self.selectAll()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._field.kind in ("int", "float"):
            self._enter()
            self.nudged.emit(1 if event.key() == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        text = self.text().strip()
        if text != self._shown:
            self._shown = text
            self.entered.emit(text.replace(",", "") if self._field.kind in ("int", "float") else text)

    def _show(self, text: str) -> None:
        self._shown = text
        self.setText(text)
        self.setCursorPosition(0)

    def _dressed(self) -> str:
        value, unit = self._value, self._field.info.unit
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return plain(value)
        number = f"{value:,}" if isinstance(value, int) else plain(value)
        dressed = f"{number} {unit}".rstrip()
        return dressed if self.fontMetrics().horizontalAdvance(dressed) < self.width() - PADDING else number


class NumberEditor(QWidget):
    """A number: a slider where its range is worth one, and a field.

    Parameters
    ----------
    field : Field

    Attributes
    ----------
    edited : Signal
        Emitted with a number, or a text to be parsed.
    """

    edited = Signal(object)

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._value: Any = None
        self._edit = ValueEdit(field)
        self._edit.entered.connect(self.edited.emit)
        self._edit.nudged.connect(self._on_nudged)
        self._slides = _deserves_slider(field)
        self._slider = _Slider()
        self._slider.setVisible(self._slides)
        self._slider.sliderMoved.connect(self._on_slider_moved)
        self._slider.sliderReleased.connect(self._on_slider_released)
        self._slider.actionTriggered.connect(self._on_slider_action)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._slider, stretch=2)
        layout.addWidget(self._edit, stretch=5)
        self.setFocusProxy(self._edit)

    def show_value(self, value: Any) -> None:
        """Show a value, or a text that is none."""
        self._value = value
        self._edit.show_value(value)
        if self._slides and isinstance(value, (int, float)) and not self._slider.isSliderDown():
            self._slider.setValue(round(SLIDER_STEPS * _fraction_of(self._field, value)))

    def _on_slider_moved(self, position: int) -> None:
        self._edit.show_value(_number_at(self._field, position / SLIDER_STEPS))

    def _on_slider_released(self) -> None:
        """A drag is one change, not hundreds: each may go to a run and its log."""
        self.edited.emit(_number_at(self._field, self._slider.value() / SLIDER_STEPS))

    def _on_slider_action(self, action: int) -> None:
        if action != QSlider.SliderAction.SliderMove.value:
            self.edited.emit(_number_at(self._field, self._slider.sliderPosition() / SLIDER_STEPS))

    def _on_nudged(self, direction: int) -> None:
        if isinstance(self._value, (int, float)):
            self.edited.emit(_nudged(self._field, self._value, direction))


class _Slider(QSlider):
    """A slider over which a page can be scrolled."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal, minimum=0, maximum=SLIDER_STEPS, singleStep=10, pageStep=100)
        self.setMinimumWidth(24)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the field beside it is one stop of the Tab key already

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Leave the wheel to the page."""
        event.ignore()


class Choice(QComboBox):
    """One of a few words, over which a page can be scrolled.

    Parameters
    ----------
    choices : iterable of str
    """

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__()
        self.addItems(choices)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Leave the wheel to the page."""
        event.ignore()


class ChoiceEditor(Choice):
    """One of the allowed values of a parameter.

    Parameters
    ----------
    field : Field
    """

    edited = Signal(object)

    def __init__(self, field: Field) -> None:
        super().__init__((*(["none"] if field.optional else []), *field.choices))
        self._optional = field.optional
        self.activated.connect(self._on_activated)

    def show_value(self, value: Any) -> None:
        """Show a value."""
        self.setCurrentText("none" if value is None else str(value))

    def _on_activated(self) -> None:
        text = self.currentText()
        self.edited.emit(None if self._optional and text == "none" else text)


class SwitchEditor(QCheckBox):
    """On or off.

    Parameters
    ----------
    field : Field
    """

    edited = Signal(object)

    def __init__(self, field: Field) -> None:  # noqa: ARG002 - made like the others
        super().__init__()
        self.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        """Show a value."""
        self.setChecked(value is True)

    def _on_clicked(self, checked: bool) -> None:
        self.edited.emit(checked)


class TextEditor(ValueEdit):
    """A text.

    Parameters
    ----------
    field : Field
    """

    edited = Signal(object)

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.entered.connect(self.edited.emit)


EDITORS: dict[str, type[NumberEditor | ChoiceEditor | SwitchEditor | TextEditor]] = {
    "bool": SwitchEditor,
    "int": NumberEditor,
    "float": NumberEditor,
    "choice": ChoiceEditor,
    "text": TextEditor,
}


def make_editor(field: Field) -> NumberEditor | ChoiceEditor | SwitchEditor | TextEditor:
    """The editor for a parameter, by its kind."""
    return EDITORS[field.kind](field)


def plain(value: Any) -> str:
    """A value as it would be typed."""
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _deserves_slider(field: Field) -> bool:
    info = field.info
    if info.low is None or info.high is None or (info.log and info.low <= 0):
        return False
    return info.log or field.kind == "float" or info.high - info.low <= FEW


def _fraction_of(field: Field, value: float) -> float:
    """Where a value stands between its limits, in [0, 1]."""
    low, high = float(field.info.low or 0), float(field.info.high or 1)
    value = min(max(value, low), high)
    if field.info.log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _number_at(field: Field, fraction: float) -> float | int:
    """The round number at a place between the limits."""
    low, high = float(field.info.low or 0), float(field.info.high or 1)
    number = low * (high / low) ** fraction if field.info.log else low + (high - low) * fraction
    number = float(f"{number:.2g}") if field.info.log else round(number, 3)
    return _within(field, number)


def _nudged(field: Field, value: float, direction: int) -> float | int:
    """The next number up or down: one, a hundredth of the range, or a twentieth of a decade."""
    low, high = field.info.low, field.info.high
    if field.info.log and value > 0:
        nudged = float(f"{value * 10 ** (direction / NOTCHES):.2g}")
        return _within(field, nudged if nudged != value else value + direction)
    if field.kind == "int" or low is None or high is None:
        return _within(field, value + direction)
    return _within(field, round(value + direction * (high - low) / 100, 9))


def _within(field: Field, number: float) -> float | int:
    low, high = field.info.low, field.info.high
    number = number if low is None else max(number, low)
    number = number if high is None else min(number, high)
    return round(number) if field.kind == "int" else float(number)
