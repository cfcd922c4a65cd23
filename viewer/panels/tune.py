"""The panel in which a run is made ready, started, steered and branched off."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.model.tune import TuneModel
from viewer.panels.job_form import JobForm
from viewer.panels.parameter_form import ParameterFormView
from viewer.panels.run_controls import RunControls
from viewer.panels.style import dress

SHEET = """
QLineEdit, QComboBox {{
    background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; border-radius: 4px; padding: 2px 6px;
}}
QLineEdit:focus, QComboBox:focus {{ border-color: {c.accent}; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {c.quiet}; background: transparent; }}
QComboBox::down-arrow {{ border-left: 4px solid {c.raised}; border-right: 4px solid {c.raised}; }}
QLabel:disabled, QToolButton:disabled {{ color: {c.quiet}; }}
QToolButton#reset {{ padding: 0 2px; font-size: 14px; }}
QToolButton#resetAll:enabled {{ color: {c.text}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {c.quiet}; border-radius: 4px; }}
QCheckBox::indicator {{ background: {c.raised}; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; }}
QCheckBox::indicator:focus {{ border-color: {c.text}; }}
QCheckBox::indicator:disabled {{ border-color: {c.line}; }}
QCheckBox::indicator:checked:disabled {{ background: {c.line}; }}
QWidget[wrong="true"] QLineEdit, QWidget[wrong="true"] QComboBox {{ border-color: {c.warning}; }}
QLabel[changed="true"] {{ font-weight: 600; }}
QPushButton {{ padding: 5px 8px; }}
QPushButton#primary:enabled {{ background: {c.accent}; color: {c.on_accent}; }}
QPushButton:focus {{ border: 1px solid {c.text}; }}
QProgressBar {{ background: {c.line}; border: none; border-radius: 2px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 2px; }}
"""


class TunePanel(QWidget):
    """Method and preset, all parameters, and the run; made for 340 to 400 pixels of width.

    Parameters
    ----------
    tune : TuneModel
    """

    def __init__(self, tune: TuneModel) -> None:
        super().__init__()
        dress(self, SHEET)
        self.form = ParameterFormView(tune.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 10)
        layout.setSpacing(8)
        layout.addWidget(JobForm(tune))
        layout.addWidget(self.form, stretch=1)
        layout.addWidget(RunControls(tune))
