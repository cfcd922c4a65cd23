"""A question in a line, where others would put a box in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class QuestionLine(QFrame):
    """Asks, with an answer that does it and one that does not; hidden while nothing is asked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._do: Callable[[], None] | None = None
        self._text = QLabel(wordWrap=True)
        self._yes, self._no = QPushButton(), QPushButton()
        self._yes.setObjectName("primary")
        self._yes.clicked.connect(self._on_yes)
        self._no.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(self._yes)
        layout.addWidget(self._no)
        self.hide()

    def ask(self, text: str, yes: str, no: str, do: Callable[[], None]) -> None:
        """Ask; `do` is called where the answer is yes."""
        self._text.setText(text)
        self._yes.setText(yes)
        self._no.setText(no)
        self._do = do
        self.show()
        self._no.setFocus()

    def _on_yes(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()
