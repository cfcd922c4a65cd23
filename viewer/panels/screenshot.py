"""A picture of what is seen, in any size, or the window's own on the clipboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from viewer.model.filming import ScreenshotModel
from viewer.panels.picture_size import PictureSize
from viewer.panels.task_line import TaskLine


class ScreenshotPanel(QFrame):
    """Chooses a size and takes the picture.

    Parameters
    ----------
    model : ScreenshotModel

    Attributes
    ----------
    copy_clicked : Signal
        The viewport as it is on screen is wanted on the clipboard.
    """

    copy_clicked = Signal()

    def __init__(self, model: ScreenshotModel) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("popup")
        self._size = PictureSize()
        self._size.chosen.connect(model.set_size)
        self._transparent = QCheckBox("Transparent where nothing is")
        self._transparent.toggled.connect(model.set_transparent)
        self._take = QPushButton("Save picture")
        self._take.setObjectName("primary")
        self._take.clicked.connect(lambda _=False: model.take())
        self._elsewhere = QPushButton("Save as …")
        self._elsewhere.clicked.connect(self._on_elsewhere)
        self._copy = QPushButton("Copy view", toolTip="Copy the viewport as it is on screen to the clipboard")
        self._copy.clicked.connect(self.copy_clicked)
        buttons = QHBoxLayout()
        for button in (self._take, self._elsewhere, self._copy):
            buttons.addWidget(button)
        buttons.addStretch()
        title = QLabel("Screenshot")
        title.setObjectName("title")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(title)
        layout.addWidget(self._size)
        layout.addWidget(self._transparent)
        layout.addLayout(buttons)
        layout.addWidget(TaskLine(model.slot))
        self.setMinimumWidth(360)
        model.changed.connect(self._on_changed)
        model.slot.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        model = self._model
        self._size.show_size(model.width, model.height)
        self._transparent.setChecked(model.transparent)
        for button in (self._take, self._elsewhere):
            button.setEnabled(not model.refusal and not model.slot.busy)
            button.setToolTip(model.refusal)

    def _on_elsewhere(self) -> None:
        start = str(self._model.suggestion or "")
        dialog = QFileDialog(self, "Save picture", start, "Pictures (*.png)", defaultSuffix="png")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # the line below asks
        dialog.fileSelected.connect(lambda path: self._model.take(Path(path)))
        dialog.open()
