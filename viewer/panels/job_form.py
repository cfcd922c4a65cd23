"""What a run is made with besides its parameters: method, preset, seed, device, size and folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.model.tune import TuneModel
from viewer.panels.fold import Fold
from viewer.panels.parameter_editors import Choice

DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "GPU (CUDA)"}
DOWNSCALES = (1, 2, 4, 8, 16)


class JobForm(QWidget):
    """Chooses method and preset, and under a fold the rest; for 320 pixels of width and more.

    Parameters
    ----------
    tune : TuneModel
    """

    def __init__(self, tune: TuneModel) -> None:
        super().__init__()
        self._tune = tune
        self._methods = tune.methods
        self._method = Choice(tuple(method.title for method in self._methods))
        self._preset = Choice(())
        self._method.activated.connect(lambda row: tune.choose_method(self._methods[row].name))
        self._preset.activated.connect(lambda row: tune.choose_preset(list(tune.method.presets)[row]))
        self._branch = QWidget()
        self._parent = QLabel(wordWrap=True)
        self._leave = QToolButton(text="Leave", toolTip="Begin from a preset instead")
        self._leave.clicked.connect(tune.leave_parent)
        self._build_details()
        self._arrange()
        tune.changed.connect(self._on_changed)
        self._on_changed()

    def _build_details(self) -> None:
        tune = self._tune
        self._seed = QLineEdit(toolTip="Of the random numbers; the same seed gives the same result on the CPU")
        self._seed.setValidator(QIntValidator(0, 2**31 - 1))
        self._seed.editingFinished.connect(self._on_seed_entered)
        self._device = Choice(tuple(DEVICES.values()))
        self._device.activated.connect(lambda row: tune.change(device=list(DEVICES)[row]))
        self._downscale = Choice(tuple("Full size" if factor == 1 else f"1/{factor}" for factor in DOWNSCALES))
        self._downscale.activated.connect(lambda row: tune.change(downscale=DOWNSCALES[row]))
        self._out = QLineEdit(clearButtonEnabled=True)
        self._out.editingFinished.connect(self._on_out_entered)
        self._browse = QToolButton(text="…", toolTip="Choose where the folder is made")
        self._browse.clicked.connect(self._on_browse)

    def _arrange(self) -> None:
        branch = QHBoxLayout(self._branch)
        branch.setContentsMargins(0, 0, 0, 0)
        branch.addWidget(self._parent, stretch=1)
        branch.addWidget(self._leave)
        choices = _form_layout()
        choices.addRow("Method", self._method)
        choices.addRow("Preset", self._preset)
        out = QHBoxLayout()
        out.addWidget(self._out, stretch=1)
        out.addWidget(self._browse)
        body = QWidget()
        details = _form_layout()
        body.setLayout(details)
        details.setContentsMargins(8, 0, 0, 4)
        details.addRow("Seed", self._seed)
        details.addRow("Device", self._device)
        details.addRow("Photographs", self._downscale)
        details.addRow("Folder", out)
        self._fold = Fold("Seed, device, folder", body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._branch)
        layout.addLayout(choices)
        layout.addWidget(self._fold)

    def _on_changed(self) -> None:
        tune, job = self._tune, self._tune.job
        free = not tune.run.active
        self._method.setCurrentIndex([method.name for method in self._methods].index(job.method))
        self._method.setToolTip(tune.method.summary)
        presets = [name.capitalize() for name in tune.method.presets]
        if presets != [self._preset.itemText(row) for row in range(self._preset.count())]:
            self._preset.clear()
            self._preset.addItems(presets)
        self._preset.setCurrentText(job.preset.capitalize())
        self._branch.setVisible(tune.parent is not None)
        self._parent.setText(f"Goes on from {tune.parent.path.name}" if tune.parent else "")
        self._seed.setText(str(job.seed))
        self._device.setCurrentIndex(list(DEVICES).index(job.device))
        self._downscale.setCurrentIndex(DOWNSCALES.index(job.downscale) if job.downscale in DOWNSCALES else -1)
        self._out.setText("" if job.out is None else str(job.out))
        self._out.setPlaceholderText(str(tune.out))
        self._out.setToolTip(str(tune.out))
        for widget in (self._method, self._preset):
            widget.setEnabled(free and tune.parent is None)
        for widget in (self._seed, self._device, self._downscale):
            widget.setEnabled(free and tune.parent is None)
        for widget in (self._out, self._browse, self._leave):
            widget.setEnabled(free)

    def _on_seed_entered(self) -> None:
        if self._seed.text() != str(self._tune.job.seed):
            self._tune.change(seed=int(self._seed.text() or 0))

    def _on_out_entered(self) -> None:
        text = self._out.text().strip()
        out = Path(text).expanduser().absolute() if text else None
        if out != self._tune.job.out:
            self._tune.change(out=out)

    def _on_browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Make the run's folder in", str(self._tune.out.parent))
        if folder:
            self._tune.change(out=Path(folder) / self._tune.out.name)


def _form_layout() -> QFormLayout:
    layout = QFormLayout()
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(12)
    layout.setVerticalSpacing(4)
    return layout
