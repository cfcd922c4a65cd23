"""Which way is up, and how large things are."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from recon.scene.similarity import METRES, UP_AXES
from viewer.model import WindowModel
from viewer.model.capture import CaptureModel

GUESSED, SAID = "As the cameras suggest", "As set below"
LONGEST = 1e6
WANTED = {
    ("ground", 3): "Click three points of the ground that form a triangle.",
    ("ground", 2): "Click two more points of the ground.",
    ("ground", 1): "Click one more point of the ground.",
    ("length", 2): "Click one end of something whose length you know.",
    ("length", 1): "Click its other end.",
    ("length", 0): "How long is it?",
}


class AlignmentForm(QWidget):
    """Sets up, scale and unit of a capture.

    Parameters
    ----------
    model : WindowModel
        Says which photograph is selected.
    capture : CaptureModel
    """

    def __init__(self, model: WindowModel, capture: CaptureModel) -> None:
        super().__init__()
        self._model = model
        self._capture = capture
        self._up = QComboBox()
        self._up.addItems([GUESSED, *(f"{axis.upper().replace('-', '−')} axis" for axis in UP_AXES), SAID])
        self._up.activated.connect(self._on_up_chosen)
        self._level = _button("This photo is level", "Up is up in the selected photograph")
        self._ground = _button("Pick the ground …", "Click three points of the ground in the viewport", checkable=True)
        self._scale = QLabel()
        self._measure = _button("Measure …", "Click two points whose distance you know", checkable=True)
        self._forget = _button("Forget", "Measure in the capture's own units again")
        self._level.clicked.connect(self._on_level_clicked)
        self._ground.clicked.connect(lambda on: capture.pick_ground() if on else capture.stop_picking())
        self._measure.clicked.connect(lambda on: capture.pick_length() if on else capture.stop_picking())
        self._forget.clicked.connect(capture.forget_scale)
        self._message = QLabel(wordWrap=True)
        self._message.setObjectName("warning")
        self._arrange()
        model.events.selected.connect(self._on_changed)
        for event in (capture.events.capture, capture.events.alignment, capture.events.tool, capture.events.message):
            event.connect(self._on_changed)
        self._on_changed()

    def _arrange(self) -> None:
        rows = QGridLayout()
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(6)
        rows.setVerticalSpacing(6)
        rows.setColumnStretch(1, 1)
        rows.setColumnStretch(2, 1)
        for row, text in ((0, "Up"), (2, "Scale")):
            label = QLabel(text)
            label.setObjectName("quiet")
            rows.addWidget(label, row, 0)
        rows.addWidget(self._up, 0, 1, 1, 2)
        rows.addWidget(self._level, 1, 1)
        rows.addWidget(self._ground, 1, 2)
        rows.addWidget(self._scale, 2, 1, 1, 2)
        rows.addWidget(self._measure, 3, 1)
        rows.addWidget(self._forget, 3, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 2, 2, 6)
        layout.addLayout(rows)
        layout.addWidget(PickingHint(self._capture))
        layout.addWidget(self._message)

    def _on_changed(self) -> None:
        capture, scale = self._capture, self._capture.alignment.scale
        self._up.setCurrentIndex(_row_of(capture))
        self._level.setEnabled(self._model.selected is not None)
        self._ground.setChecked(capture.tool == "ground")
        self._measure.setChecked(capture.tool == "length")
        self._scale.setText(f"1 unit = {scale:.4g} {capture.alignment.unit}" if scale else "Not measured")
        self._forget.setEnabled(scale is not None)
        self._message.setText(capture.message)
        self._message.setVisible(bool(capture.message and capture.tool))

    def _on_up_chosen(self, row: int) -> None:
        axes = list(UP_AXES)
        if row == 0:
            self._capture.guess_up()
        elif row <= len(axes):
            self._capture.choose_up(axes[row - 1])
        self._on_changed()

    def _on_level_clicked(self) -> None:
        if self._model.selected is not None:
            self._capture.level_by(self._model.selected)


class PickingHint(QFrame):
    """Says what to click next, and asks for the length once both ends are known. Shown only while a tool is at work.

    Parameters
    ----------
    capture : CaptureModel
    """

    def __init__(self, capture: CaptureModel) -> None:
        super().__init__()
        self._capture = capture
        self.setObjectName("hint")
        self._text = QLabel(wordWrap=True)
        self._length = QDoubleSpinBox(decimals=4, minimum=0.0, maximum=LONGEST, value=1.0)
        self._length.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self._unit = QComboBox()
        self._unit.addItems(list(METRES))
        self._set = _button("Set", "This is how long it is")
        self._back = _button("Undo point", "Forget the last point")
        self._cancel = _button("Cancel", "Pick no more")
        self._set.clicked.connect(lambda: capture.set_length(self._length.value(), self._unit.currentText()))
        self._length.lineEdit().returnPressed.connect(self._set.click)
        self._back.clicked.connect(capture.take_back_point)
        self._cancel.clicked.connect(capture.stop_picking)
        self._arrange()
        capture.events.tool.connect(self._on_changed)
        capture.events.picked.connect(self._on_changed)
        self._on_changed()

    def _arrange(self) -> None:
        asked = QHBoxLayout()
        asked.addWidget(self._length, stretch=1)
        asked.addWidget(self._unit)
        asked.addWidget(self._set)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._back)
        buttons.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.addWidget(self._text)
        layout.addLayout(asked)
        layout.addLayout(buttons)

    def _on_changed(self) -> None:
        capture = self._capture
        self.setVisible(capture.tool is not None)
        if capture.tool is None:
            return
        self._text.setText(WANTED.get((capture.tool, capture.points_missing), ""))
        self._back.setEnabled(bool(capture.picked))
        measured = capture.distance is not None
        for widget in (self._length, self._unit, self._set):
            widget.setVisible(measured)
        if measured:
            self._unit.setCurrentText(capture.alignment.unit)
            self._length.setFocus()
            self._length.selectAll()


def _row_of(capture: CaptureModel) -> int:
    """The row of the list that says what up is now."""
    up, axes = capture.alignment.up, list(UP_AXES.values())
    if up is None:
        return 0
    return axes.index(up) + 1 if up in axes else len(axes) + 1


def _button(text: str, tip: str, *, checkable: bool = False) -> QPushButton:
    button = QPushButton(text, checkable=checkable)
    button.setToolTip(tip)
    return button
