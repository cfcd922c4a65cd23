"""Moving by numbers."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QPushButton, QWidget

from viewer.model.editing import EditModel

FARTHEST = 1e6


class TransformFields(QWidget):
    """Fields for a move, turns in degrees and a factor, about the middle of what is selected.

    Parameters
    ----------
    model : EditModel
    """

    def __init__(self, model: EditModel) -> None:
        super().__init__()
        self._model = model
        self._move = [_field(-FARTHEST, FARTHEST, 0.1, 3) for _ in range(3)]
        self._turn = [_field(-360, 360, 15, 1, "°") for _ in range(3)]
        self._factor = _field(0.001, 1000, 0.1, 3)
        self._factor.setValue(1)
        self._apply = QPushButton("Apply")
        self._apply.setToolTip("Move what is selected, or everything where nothing is")
        self._apply.clicked.connect(self._on_applied)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for column, axis in enumerate("xyz", start=1):
            layout.addWidget(QLabel(axis, objectName="quiet"), 0, column)
            layout.setColumnStretch(column, 1)
        for row, (name, boxes) in enumerate((("Move", self._move), ("Turn", self._turn)), start=1):
            layout.addWidget(QLabel(name), row, 0)
            for column, box in enumerate(boxes, start=1):
                box.setAccessibleName(f"{name} {'xyz'[column - 1]}")
                layout.addWidget(box, row, column)
        layout.addWidget(QLabel("Size ×"), 3, 0)
        layout.addWidget(self._factor, 3, 1)
        layout.addWidget(self._apply, 3, 2, 1, 2)

    def _on_applied(self) -> None:
        move, turn = (tuple(box.value() for box in boxes) for boxes in (self._move, self._turn))
        self._model.transform_by(move, turn, self._factor.value())
        for box in (*self._move, *self._turn):
            box.setValue(0)
        self._factor.setValue(1)


def _field(low: float, high: float, step: float, decimals: int, unit: str = "") -> QDoubleSpinBox:
    field = QDoubleSpinBox(minimum=low, maximum=high, singleStep=step, decimals=decimals, suffix=unit)
    field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    field.setMinimumWidth(60)
    return field
