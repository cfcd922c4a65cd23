"""What went wrong, as a text to copy: beside the work, never in its way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from viewer.model.error_report import ErrorReport


class ErrorReportPanel(QWidget):
    """Shows one report; hidden until there is one."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._message = QLabel(wordWrap=True)
        self._message.setObjectName("title")
        self._text = QPlainTextEdit(readOnly=True, lineWrapMode=QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._copy = QPushButton("Copy")
        self._copy.clicked.connect(self.copy)
        close = QPushButton("Close", shortcut=Qt.Key.Key_Escape)
        close.clicked.connect(self._on_closed)
        hint = QLabel(
            "Nothing is sent anywhere. Look it over before you share it: it names files of yours.", wordWrap=True
        )
        hint.setObjectName("quiet")
        buttons = QHBoxLayout()
        buttons.addWidget(hint, stretch=1)
        buttons.addWidget(self._copy)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(self._message)
        layout.addWidget(self._text, stretch=1)
        layout.addLayout(buttons)
        self.hide()

    def show_report(self, report: ErrorReport) -> None:
        """Show a report from now on."""
        self._message.setText(report.message)
        self._text.setPlainText(report.text)
        self._copy.setText("Copy")
        self.show()

    def copy(self) -> None:
        """Put the text on the clipboard."""
        QGuiApplication.clipboard().setText(self._text.toPlainText())
        self._copy.setText("Copied")

    def _on_closed(self) -> None:
        self.hide()
        self.closed.emit()
