"""Photographs without cameras: the offer to find them, how far it is, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.model.find_cameras import FindCamerasModel, StageState
from viewer.model.opening import title_of

STEPS = 1000


class FindCamerasPage(QWidget):
    """Follows finding cameras; made for 340 to 400 pixels of width.

    Parameters
    ----------
    model : FindCamerasModel
    """

    open_wanted = Signal(object)  # Path of the capture that was made

    def __init__(self, model: FindCamerasModel) -> None:
        super().__init__()
        self._model = model
        self._title, self._text = QLabel(), QLabel(wordWrap=True)
        self._title.setObjectName("title")
        self._stages = _Stages()
        self._report = QFormLayout()
        self._warnings = QLabel(wordWrap=True)
        self._warnings.setObjectName("warning")
        self._failed_title = QLabel()
        self._failed_title.setObjectName("quiet")
        self._failed = QListWidget(wordWrap=True)
        self._start, self._cancel, self._open = QPushButton("Find cameras"), QPushButton("Cancel"), QPushButton("Open")
        self._start.setObjectName("primary")
        self._open.setObjectName("primary")
        self._start.clicked.connect(model.start)
        self._cancel.clicked.connect(model.cancel)
        self._open.clicked.connect(self._on_open_clicked)
        self._arrange()
        for event in (model.events.photographs, model.events.condition):
            event.connect(self._on_changed)
        model.events.stages.connect(self._stages.show_stages)
        self._on_changed()

    def _arrange(self) -> None:
        self._report.setHorizontalSpacing(14)
        self._report.setVerticalSpacing(3)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self._cancel, self._start, self._open):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        layout.setSpacing(10)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addWidget(self._stages)
        layout.addLayout(self._report)
        layout.addWidget(self._warnings)
        layout.addWidget(self._failed_title)
        layout.addWidget(self._failed, stretch=1)
        layout.addLayout(buttons)
        layout.addStretch()

    def _on_changed(self) -> None:
        model, condition = self._model, self._model.condition
        self._title.setText(title_of(model.photographs.path) if model.photographs else "")
        self._text.setText(model.message if condition == "failed" else model.offer_in_words)
        self._text.setVisible(condition in {"offered", "failed"})
        self._stages.show_stages(model.stages if condition in {"running", "failed"} else ())
        self._start.setVisible(condition in {"offered", "failed"})
        self._start.setEnabled(model.can_start)
        self._start.setText("Try again" if condition == "failed" else "Find cameras")
        self._cancel.setVisible(condition == "running")
        self._open.setVisible(condition == "found")
        self._tell_report()

    def _tell_report(self) -> None:
        while self._report.rowCount():
            self._report.removeRow(0)
        for label, text in self._model.report_lines:
            quiet = QLabel(label)
            quiet.setObjectName("quiet")
            self._report.addRow(quiet, QLabel(text))
        found = self._model.found
        warnings = found.report.warnings() if found else []
        failed = found.report.failed if found else ()
        self._warnings.setText("\n".join(warnings))
        self._warnings.setVisible(bool(warnings))
        self._failed_title.setText(f"Without a camera: {len(failed)}")
        self._failed_title.setVisible(bool(failed))
        self._failed.setVisible(bool(failed))
        self._failed.clear()
        self._failed.addItems([f"{photo.name} {photo.reason}" for photo in failed])

    def _on_open_clicked(self) -> None:
        if self._model.found:
            self.open_wanted.emit(self._model.found.capture)


class _Stages(QWidget):
    """The parts of the work, each with its bar."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: dict[str, tuple[QLabel, QProgressBar]] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)

    def show_stages(self, stages: tuple[StageState, ...]) -> None:
        """Show these, in this order."""
        for name in self._bars.keys() - {stage.name for stage in stages}:
            for widget in self._bars.pop(name):
                widget.hide()
                widget.deleteLater()
        for stage in stages:
            if stage.name not in self._bars:
                self._add(stage.name)
            text, bar = self._bars[stage.name]
            text.setText(f"{stage.name}  ✓" if stage.done else stage.name)
            bar.setMaximum(0 if stage.fraction is None else STEPS)
            bar.setValue(round(STEPS * (stage.fraction or 0)))
        self.setVisible(bool(stages))

    def _add(self, name: str) -> None:
        bar = QProgressBar(textVisible=False)
        bar.setFixedHeight(6)
        self._bars[name] = QLabel(), bar
        for widget in self._bars[name]:
            self._rows.addWidget(widget)
