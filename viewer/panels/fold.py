"""A part of a panel that folds away under its title."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Fold(QWidget):
    """A title that shows and hides what is under it.

    Parameters
    ----------
    title : str
    body : QWidget
    unfolded : bool
    """

    def __init__(self, title: str, body: QWidget, *, unfolded: bool = False) -> None:
        super().__init__()
        self._body = body
        self._title = QToolButton(text=title, checkable=True, checked=unfolded)
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._title.toggled.connect(self._on_toggled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(body)
        self._on_toggled(unfolded)

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)

    def unfold(self) -> None:
        """Show what is under the title."""
        self._title.setChecked(True)

    def _on_toggled(self, unfolded: bool) -> None:
        self._title.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self._body.setVisible(unfolded)
