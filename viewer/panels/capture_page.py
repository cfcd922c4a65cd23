"""The capture that is open: what it holds, what is wrong with it, and its photographs."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from viewer.model import Photos, WindowModel
from viewer.model.capture import CaptureModel, Only
from viewer.panels.alignment import AlignmentForm
from viewer.panels.fold import Fold
from viewer.panels.photo_icons import mark_icon
from viewer.panels.photo_list import PhotoList
from viewer.panels.style import on_recolored

ONLY: dict[Only, str] = {"all": "All", "train": "Training", "test": "Held out", "disabled": "Disabled"}


class CapturePage(QWidget):
    """Shows a capture; made for 340 to 400 pixels of width.

    Parameters
    ----------
    model : WindowModel
        Says which photograph is selected.
    capture : CaptureModel
    photos : Photos
    """

    def __init__(self, model: WindowModel, capture: CaptureModel, photos: Photos) -> None:
        super().__init__()
        self._capture = capture
        self._name = QLabel()
        self._name.setObjectName("title")
        self._facts = QFormLayout()
        self._values: dict[str, QLabel] = {}
        self._warnings = QLabel(wordWrap=True)
        self._warnings.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._warnings.setObjectName("warning")
        self._notices = Fold("", self._warnings, unfolded=True)
        self._alignment = Fold("Up and scale", AlignmentForm(model, capture))
        self.photo_list = PhotoList(model, capture, photos)
        self._found = QLabel("No photograph passes this filter.", alignment=Qt.AlignmentFlag.AlignCenter)
        self._found.setObjectName("quiet")
        self._arrange()
        for event in (
            capture.events.capture,
            capture.events.disabled,
            capture.events.alignment,
            capture.events.message,
        ):
            event.connect(self._on_changed)
        for event in (capture.events.capture, capture.events.text, capture.events.only, capture.events.disabled):
            event.connect(self._on_filter_changed)
        capture.events.tool.connect(lambda tool: self._alignment.unfold() if tool else None)
        self._on_changed()
        self._on_filter_changed()

    def _arrange(self) -> None:
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._facts.setHorizontalSpacing(14)
        self._facts.setVerticalSpacing(3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 6)
        layout.setSpacing(8)
        layout.addWidget(self._name)
        layout.addLayout(self._facts)
        layout.addWidget(self._notices)
        layout.addWidget(self._alignment)
        layout.addLayout(self._filter())
        layout.addWidget(self._found, stretch=1)
        layout.addWidget(self.photo_list, stretch=1)

    def _filter(self) -> QHBoxLayout:
        self._text = QLineEdit(placeholderText="Find by name", clearButtonEnabled=True)
        self._text.textChanged.connect(lambda text: setattr(self._capture, "text", text))
        self._only = QComboBox()
        for only in get_args(Only):
            self._only.addItem(ONLY[only], only)
        on_recolored(self._only, self._on_recolored)
        self._only.activated.connect(lambda _: setattr(self._capture, "only", self._only.currentData()))
        row = QHBoxLayout()
        row.addWidget(self._text, stretch=1)
        row.addWidget(self._only)
        return row

    def _on_recolored(self) -> None:
        for row, only in enumerate(get_args(Only)):
            if only != "all":
                self._only.setItemIcon(row, mark_icon(only))

    def _on_changed(self) -> None:
        capture = self._capture
        self._name.setText(capture.capture.name if capture.capture else "No capture is open")
        self._tell(dict(capture.facts))
        warnings = (*((capture.message,) if capture.message and not capture.tool else ()), *capture.warnings)
        self._notices.setVisible(bool(warnings))
        self._notices.set_title(f"{len(warnings)} notice{'s' * (len(warnings) != 1)}")
        self._warnings.setText("\n".join(warnings))
        self._alignment.setEnabled(capture.capture is not None)

    def _tell(self, facts: dict[str, str]) -> None:
        if facts.keys() != self._values.keys():
            while self._facts.rowCount():
                self._facts.removeRow(0)
            self._values = {label: _value() for label in facts}
            for label, value in self._values.items():
                self._facts.addRow(_quiet(label), value)
        for label, text in facts.items():
            self._values[label].setText(text)

    def _on_filter_changed(self) -> None:
        capture = self._capture
        if self._text.text() != capture.text:
            self._text.setText(capture.text)
        self._only.setCurrentIndex(self._only.findData(capture.only))
        nothing = bool(capture.views) and not capture.shown
        self._found.setVisible(nothing)
        self.photo_list.setVisible(not nothing)


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("quiet")
    return label


def _value() -> QLabel:
    label = QLabel(wordWrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
