"""A small form for the options of a format: one row for each field of a declared config."""

from __future__ import annotations

import types
import typing
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QLabel, QLineEdit, QSpinBox, QWidget

from recon.parameters import Parameter, parameters_of
from viewer.model.exporting import ExportModel

WIDEST = 10**9


class OptionForm(QWidget):
    """Shows and changes the options of the chosen format.

    Parameters
    ----------
    model : ExportModel
    """

    def __init__(self, model: ExportModel) -> None:
        super().__init__()
        self._model = model
        self._shown: type | None = None
        self._editors: dict[str, QWidget] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(1, 1)
        model.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        options = self._model.options
        if (None if options is None else type(options)) is not self._shown:
            self._build(options)
        for name, editor in self._editors.items():
            _show(editor, getattr(options, name))
        self.setVisible(bool(self._editors))

    def _build(self, options: Any) -> None:
        while item := self._grid.takeAt(0):
            item.widget().deleteLater()
        self._shown = None if options is None else type(options)
        specs = () if options is None else parameters_of(options)
        self._editors = {spec.name: _editor(spec, self._model) for spec in specs}
        for row, spec in enumerate(specs):
            words = spec.name.replace("_", " ")
            label = QLabel(words[:1].upper() + words[1:])
            label.setObjectName("quiet")
            for widget in (label, self._editors[spec.name]):
                widget.setToolTip(spec.info.help)
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(self._editors[spec.name], row, 1)


def _editor(spec: Parameter, model: ExportModel) -> QWidget:
    kinds = typing.get_args(spec.type) if isinstance(spec.type, types.UnionType) else (spec.type,)

    def changed(value: Any) -> None:
        model.set_option(spec.name, value)

    if spec.choices:
        box = QComboBox()
        box.addItems([str(choice) for choice in spec.choices])
        box.activated.connect(lambda index: changed(spec.choices[index]))
        return box
    if type(None) not in kinds and bool in kinds:
        check = QCheckBox()
        check.toggled.connect(changed)
        return check
    if type(None) not in kinds and (int in kinds or float in kinds):
        return _number(spec, QDoubleSpinBox() if float in kinds else QSpinBox(), changed)
    line = QLineEdit(placeholderText="none" if type(None) in kinds else "")
    line.editingFinished.connect(lambda: changed(line.text()))
    return line


def _number(spec: Parameter, box: Any, changed: Any) -> QWidget:
    if isinstance(box, QDoubleSpinBox):
        box.setDecimals(4)
    box.setRange(
        -WIDEST if spec.info.low is None else type(box.value())(spec.info.low),
        WIDEST if spec.info.high is None else type(box.value())(min(spec.info.high, WIDEST)),
    )
    box.setSuffix(f" {spec.info.unit}" if spec.info.unit else "")
    box.setKeyboardTracking(False)
    box.valueChanged.connect(changed)
    return box


def _show(editor: QWidget, value: Any) -> None:
    editor.blockSignals(True)
    match editor:
        case QComboBox():
            editor.setCurrentText(str(value))
        case QCheckBox():
            editor.setChecked(bool(value))
        case QSpinBox() | QDoubleSpinBox():
            editor.setValue(value)
        case QLineEdit() if not editor.hasFocus():
            editor.setText("" if value is None else str(value))
    editor.blockSignals(False)
