"""Width and height of a picture: a list of usual ones, or any."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from viewer.model.filming import LARGEST, SIZES

CUSTOM = "Custom"
WIDTH = 72  # pixels of a number


class PictureSize(QWidget):
    """Chooses a size in pixels."""

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._names = QComboBox()
        self._names.addItems([*SIZES, CUSTOM])
        self._names.activated.connect(self._on_name_chosen)
        self._width, self._height = (QSpinBox(minimum=1, maximum=LARGEST) for _ in range(2))
        for box, name in ((self._width, "Width"), (self._height, "Height")):
            box.setAccessibleName(name)
            box.setToolTip(f"{name} in pixels")
            box.setKeyboardTracking(False)
            box.setFixedWidth(WIDTH)
            box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            box.valueChanged.connect(lambda _: self.chosen.emit(self._width.value(), self._height.value()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._names, stretch=1)
        layout.addWidget(self._width)
        layout.addWidget(QLabel("×"))
        layout.addWidget(self._height)

    def show_size(self, width: int, height: int) -> None:
        """Show this size."""
        for box, value in ((self._width, width), (self._height, height)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        name = next((name for name, size in SIZES.items() if size == (width, height)), CUSTOM)
        self._names.setCurrentText(name)

    def _on_name_chosen(self) -> None:
        name = self._names.currentText()
        if name in SIZES:
            self.chosen.emit(*SIZES[name])
        else:
            self._width.setFocus()
            self._width.selectAll()
