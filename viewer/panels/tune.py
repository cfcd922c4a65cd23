"""The panel in which a run is made ready, started, steered and branched off."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from viewer.model.tune import TuneModel
from viewer.panels.job_form import JobForm
from viewer.panels.parameter_form import ParameterFormView
from viewer.panels.run_controls import RunControls
from viewer.panels.style import ACCENT, GROUND, LINE, QUIET, RAISED, TEST, TEXT

SHEET = f"""
QLineEdit, QComboBox {{
    background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; border-radius: 4px; padding: 2px 6px;
}}
QLineEdit:focus, QComboBox:focus {{ border-color: {ACCENT}; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {QUIET}; background: transparent; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{
    width: 0; height: 0; margin-right: 8px;
    border-left: 4px solid {RAISED}; border-right: 4px solid {RAISED}; border-top: 5px solid {QUIET};
}}
QLabel:disabled, QToolButton:disabled {{ color: {QUIET}; }}
QToolButton#reset {{ padding: 0 2px; font-size: 14px; }}
QToolButton#resetAll:enabled {{ color: {TEXT}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {QUIET}; border-radius: 4px; }}
QCheckBox::indicator {{ background: {RAISED}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QCheckBox::indicator:focus {{ border-color: {TEXT}; }}
QCheckBox::indicator:disabled {{ border-color: {LINE}; }}
QCheckBox::indicator:checked:disabled {{ background: {LINE}; }}
QWidget[wrong="true"] QLineEdit, QWidget[wrong="true"] QComboBox {{ border-color: {TEST}; }}
QLabel[changed="true"] {{ font-weight: 600; }}
QPushButton {{ padding: 5px 8px; }}
QPushButton:disabled {{ background: {RAISED}; color: {QUIET}; }}
QPushButton#primary:enabled {{ background: {ACCENT}; color: {GROUND}; }}
QPushButton:focus {{ border: 1px solid {TEXT}; }}
QProgressBar {{ background: {LINE}; border: none; border-radius: 2px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 2px; }}
"""


class TunePanel(QWidget):
    """Method and preset, all parameters, and the run; made for 340 to 400 pixels of width.

    Parameters
    ----------
    tune : TuneModel
    """

    def __init__(self, tune: TuneModel) -> None:
        super().__init__()
        self.setStyleSheet(SHEET)
        self.form = ParameterFormView(tune.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 10)
        layout.setSpacing(8)
        layout.addWidget(JobForm(tune))
        layout.addWidget(self.form, stretch=1)
        layout.addWidget(RunControls(tune))
