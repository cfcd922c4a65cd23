"""What is being opened, and what could not be: a line each, never a box in the way."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from viewer.model.opening import NotOpened, OpeningModel

NARROWEST = 40  # pixels of a name and of a bar: no file makes the window wider


class OpeningStrip(QWidget):
    """A line for each path that is being opened or could not be; hidden where there is none.

    Parameters
    ----------
    model : OpeningModel
    """

    report_wanted = Signal(object)  # of a NotOpened

    def __init__(self, model: OpeningModel) -> None:
        super().__init__()
        self._model = model
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(8, 8, 8, 0)
        self._lines.setSpacing(6)
        self._shown: tuple[object, ...] = ()
        model.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        shown = (*self._model.failures, *self._model.pending)
        self.setVisible(bool(shown))
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._lines.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        for failure in self._model.failures:
            self._lines.addWidget(self._failed(failure))
        for path in self._model.pending:
            self._lines.addWidget(self._opening(path))

    def _opening(self, path: Path) -> QWidget:
        bar = QProgressBar(maximum=0, textVisible=False)
        bar.setFixedHeight(4)
        text = QLabel(f"Opening {path.name} …")
        for widget in (bar, text):
            widget.setMinimumWidth(NARROWEST)
        line, layout = _line(text, path)
        layout.addWidget(bar, stretch=1)
        layout.addWidget(_cross("Do not wait for it", lambda: self._model.cancel(path)))
        return line

    def _failed(self, failure: NotOpened) -> QWidget:
        text = QLabel(failure.message, wordWrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line, layout = _line(text, failure.path)
        layout.setStretch(0, 1)
        if failure.report:
            report = QToolButton(text="Report")
            report.clicked.connect(lambda: self.report_wanted.emit(failure))
            layout.addWidget(report)
        layout.addWidget(_cross("Dismiss", lambda: self._model.dismiss(failure.path)))
        return line


def _line(text: QLabel, path: Path) -> tuple[QFrame, QHBoxLayout]:
    line = QFrame()
    line.setObjectName("notice")
    line.setToolTip(str(path))
    layout = QHBoxLayout(line)
    layout.setContentsMargins(10, 6, 4, 6)
    layout.addWidget(text)
    return line, layout


def _cross(tip: str, clicked: object) -> QToolButton:
    button = QToolButton(text="✕")
    button.setToolTip(tip)
    button.clicked.connect(clicked)
    return button
