"""The editing panel: tools, selections, filters, clean-up, moving by numbers, and the history."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QWidget,
)

from viewer.model.edit_exchange import Told
from viewer.model.edit_history import VALUE_TITLES
from viewer.model.editing import EditModel
from viewer.panels.edit_filter import RangeHistogram
from viewer.panels.edit_history_list import HistoryList
from viewer.panels.edit_sheet import CommandGrid, EditSheet
from viewer.panels.edit_tools import ToolRow
from viewer.panels.edit_transform import TransformFields
from viewer.panels.fold import Fold

NOTHING = "Nothing to edit. Show splats in the active pane."
MODES = {"Replace": "replace", "Add": "add", "Subtract": "subtract", "Intersect": "intersect"}
VALUES_BY_TITLE = {words: name for name, words in VALUE_TITLES.items()}


class EditPanel(EditSheet):
    """Everything about editing splats.

    Parameters
    ----------
    model : EditModel

    Attributes
    ----------
    whole : WholeResult
        Asks for what is done to all splats.
    """

    def __init__(self, model: EditModel) -> None:
        by_value = Fold("Select by value", ValueFilter(model), unfolded=True)
        by_numbers = Fold("Move by numbers", TransformFields(model))
        history = Fold("History", HistoryList(model), unfolded=True)
        whole = self.whole = WholeResult()
        super().__init__(
            (ToolRow(model), SelectionButtons(model), CleanUp(model), by_value, by_numbers, whole, history)
        )
        self._model = model
        for event in (model.events.target, model.events.message):
            event.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        target = self._model.target
        told = target.told if target else None
        title = _counted(told) if told else "Reading …" if target else NOTHING
        self.tell(title, self._model.message, usable=target is not None)


def _counted(told: Told) -> str:
    others = ((told.selected, "selected"), (told.hidden, "hidden"))
    return " · ".join([f"{told.count:,} splats", *(f"{number:,} {words}" for number, words in others if number)])


class WholeResult(QWidget):
    """What is made of all splats, or done to them as a whole.

    Attributes
    ----------
    surface_wanted, register_wanted : Signal
        Emitted when a mesh of the splats is wanted, or that they be moved onto another result.
    """

    surface_wanted = Signal()
    register_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        surface = QPushButton("Make a surface", toolTip="A mesh through the splats, opened beside them")
        register = QPushButton("Move onto another …", toolTip="Until both results lie on each other")
        surface.clicked.connect(self.surface_wanted)
        register.clicked.connect(self.register_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(surface)
        layout.addWidget(register)


class SelectionButtons(CommandGrid):
    """What can be done with a selection.

    Parameters
    ----------
    model : EditModel
    """

    def __init__(self, model: EditModel) -> None:
        commands = (
            ("All", model.select_all, "Select everything that is not hidden"),
            ("None", model.clear_selection, "Select nothing"),
            ("Invert", model.invert, "Select what is not selected"),
            ("Grow", model.grow, "Select the neighbours of what is selected, too"),
            ("Delete", model.delete, "Remove what is selected"),
            ("Hide", model.hide, "Hide what is selected; it stays part of the result"),
            ("Show all", model.show_all, "Show what was hidden"),
        )
        super().__init__(commands)
        self._model = model
        model.events.target.connect(self._on_target_changed)
        self._on_target_changed()

    def _on_target_changed(self) -> None:
        told = self._model.target.told if self._model.target else None
        for words in ("None", "Grow", "Delete", "Hide"):
            self.enable(words, self._model.has_selection)
        self.enable("Show all", bool(told and told.hidden))


class CleanUp(QWidget):
    """Finding likely floaters, for review.

    Parameters
    ----------
    model : EditModel
    """

    def __init__(self, model: EditModel) -> None:
        super().__init__()
        self._model = model
        self._find = QPushButton("Find floaters")
        self._find.setToolTip("Select what few cameras see, stands alone, is large or faint; look, then delete")
        self._find.clicked.connect(model.clean_up)
        self._sensitivity = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100)
        self._sensitivity.setAccessibleName("Sensitivity")
        self._sensitivity.setToolTip("How much counts as a floater")
        self._sensitivity.setValue(round(100 * model.sensitivity))
        self._sensitivity.valueChanged.connect(self._on_moved)
        self._sensitivity.sliderReleased.connect(model.clean_up)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._find)
        layout.addWidget(self._sensitivity)
        model.events.sensitivity.connect(self._on_sensitivity_changed)

    def _on_moved(self, value: int) -> None:
        if value == round(100 * self._model.sensitivity):
            return
        if self._sensitivity.isSliderDown():
            self._model.preview_clean_up(value / 100)
        else:
            self._model.sensitivity = value / 100
            self._model.clean_up()

    def _on_sensitivity_changed(self, sensitivity: float) -> None:
        self._sensitivity.setValue(round(100 * sensitivity))


class ValueFilter(QWidget):
    """A value, its histogram, and the range of it to select.

    Parameters
    ----------
    model : EditModel
    """

    def __init__(self, model: EditModel) -> None:
        super().__init__()
        self._model = model
        self._value, self._mode = QComboBox(), QComboBox()
        self._value.setAccessibleName("Value")
        self._mode.setAccessibleName("How the selection changes")
        self._mode.addItems(list(MODES))
        self._range = RangeHistogram()
        self._value.currentTextChanged.connect(self._on_value_chosen)
        self._range.moved.connect(lambda: self._model.preview_filter(*self._wanted()))
        self._range.released.connect(lambda: self._model.filter(*self._wanted()))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._value, 0, 0)
        layout.addWidget(self._mode, 0, 1)
        layout.addWidget(self._range, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        model.events.target.connect(self._on_target_changed)
        self._on_target_changed()

    def _wanted(self) -> tuple[str, float | None, float | None, str]:
        value, mode = VALUES_BY_TITLE[self._value.currentText()], MODES[self._mode.currentText()]
        return value, self._range.low, self._range.high, mode

    def _on_value_chosen(self) -> None:
        self._range.take_all()
        self._show_histogram()

    def _on_target_changed(self) -> None:
        told = self._model.target.told if self._model.target else None
        names = [VALUE_TITLES[name] for name in (told.histograms if told else ())]
        if names and names != [self._value.itemText(index) for index in range(self._value.count())]:
            chosen = self._value.currentText()
            blocked = self._value.blockSignals(True)
            self._value.clear()
            self._value.addItems(names)
            self._value.setCurrentText(chosen)
            self._value.blockSignals(blocked)
        self._show_histogram()

    def _show_histogram(self) -> None:
        told = self._model.target.told if self._model.target else None
        name = VALUES_BY_TITLE.get(self._value.currentText(), "")
        self._range.show_histogram(told.histograms.get(name) if told else None)
