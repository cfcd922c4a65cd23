"""The steps of an edit, to go back and forth among."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from viewer.model.block_editing import BlockModel
from viewer.model.edit_history import title
from viewer.model.editing import EditModel
from viewer.model.look import colors
from viewer.model.mesh_editing import MeshEditModel
from viewer.panels.style import on_recolored


class HistoryList(QWidget):
    """All steps, the last one that is done marked; a click goes there.

    Parameters
    ----------
    model : EditModel, BlockModel or MeshEditModel
    """

    def __init__(self, model: EditModel | BlockModel | MeshEditModel) -> None:
        super().__init__()
        self._model = model
        self._steps = QListWidget()
        self._steps.setMinimumHeight(120)
        self._steps.itemActivated.connect(self._go_to)
        self._steps.itemClicked.connect(self._go_to)
        self._undo, self._redo = QPushButton("Undo"), QPushButton("Redo")
        self._undo.clicked.connect(model.undo)
        self._redo.clicked.connect(model.redo)
        buttons = QHBoxLayout()
        buttons.addWidget(self._undo)
        buttons.addWidget(self._redo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._steps)
        layout.addLayout(buttons)
        model.events.target.connect(self._on_target_changed)
        on_recolored(self, self._on_target_changed)

    def _go_to(self, item: QListWidgetItem) -> None:
        self._model.jump(self._steps.row(item))

    def _on_target_changed(self) -> None:
        target = self._model.target
        operations, done = (target.history.operations, len(target.history.done)) if target else ((), 0)
        titles = ["As it was made", *(title(operation) for operation in operations)]
        if titles != [self._steps.item(row).text() for row in range(self._steps.count())]:
            self._steps.clear()
            self._steps.addItems(titles)
        for row in range(self._steps.count()):
            item = self._steps.item(row)
            item.setForeground(QColor(colors().quiet if row > done else colors().text))
            item.setBackground(QColor(colors().line) if row == done else QColor(Qt.GlobalColor.transparent))
        self._steps.setCurrentRow(done)
        self._steps.scrollToItem(self._steps.item(done))
        self._undo.setEnabled(self._model.can_undo)
        self._redo.setEnabled(self._model.can_redo)
