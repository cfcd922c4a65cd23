"""What the panels of editing have in common: a title, a warning, everything else below, and grids of buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

COLUMNS = 4


class EditSheet(QWidget):
    """A panel whose body can be used while there is something to edit.

    Parameters
    ----------
    widgets : sequence of QWidget
        The body, from top to bottom.
    """

    def __init__(self, widgets: Sequence[QWidget]) -> None:
        super().__init__()
        self._title = QLabel(objectName="title", wordWrap=True)
        self._warning = QLabel(objectName="warning", wordWrap=True)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(10)
        for widget in widgets:
            body.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(10)
        for widget in (self._title, self._warning, self._body):
            layout.addWidget(widget)
        layout.addStretch()

    def tell(self, title: str, warning: str, *, usable: bool) -> None:
        """Say what is edited, and what went wrong."""
        self._title.setText(title)
        self._warning.setText(warning)
        self._warning.setVisible(bool(warning))
        self._body.setEnabled(usable)


class CommandGrid(QWidget):
    """Buttons in rows, by their words.

    Parameters
    ----------
    commands : sequence of (str, callable, str)
        Words, what is done without an argument, and a tip.
    """

    def __init__(self, commands: Sequence[tuple[str, Callable[[], object], str]]) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._buttons: dict[str, QPushButton] = {}
        for index, (words, command, tip) in enumerate(commands):
            button = QPushButton(words, toolTip=tip)
            button.clicked.connect(lambda _=False, command=command: command())
            layout.addWidget(button, index // COLUMNS, index % COLUMNS)
            self._buttons[words] = button

    def enable(self, words: str, enabled: bool) -> None:
        """Say whether a button can be used."""
        self._buttons[words].setEnabled(enabled)
