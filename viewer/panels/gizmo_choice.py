"""What a gizmo does, and along which axes."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QToolButton, QWidget

from viewer.model.block_editing import BlockModel
from viewer.model.editing import EditModel
from viewer.model.gizmo import KINDS, Kind
from viewer.model.mesh_editing import MeshEditModel


class GizmoChoice(QWidget):
    """Moving, turning or resizing, along the world's axes or one's own.

    Parameters
    ----------
    model : EditModel, BlockModel or MeshEditModel
    """

    def __init__(self, model: EditModel | BlockModel | MeshEditModel) -> None:
        super().__init__()
        self._model = model
        self._kinds = {kind: self._kind(kind) for kind in KINDS}
        self._local = QCheckBox("Own axes", toolTip="Along the axes of what is moved, not the world's")
        self._local.toggled.connect(lambda own: setattr(model, "gizmo_axes", "local" if own else "world"))
        layout, group = QHBoxLayout(self), QButtonGroup(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for button in self._kinds.values():
            group.addButton(button)
            layout.addWidget(button)
        layout.addWidget(self._local)
        for event in (model.events.gizmo_kind, model.events.gizmo_axes):
            event.connect(self._on_changed)
        self._on_changed()

    def _kind(self, kind: Kind) -> QToolButton:
        button = QToolButton(text=kind.capitalize(), checkable=True)
        button.clicked.connect(lambda: setattr(self._model, "gizmo_kind", kind))
        return button

    def _on_changed(self) -> None:
        self._kinds[self._model.gizmo_kind].setChecked(True)
        self._local.setChecked(self._model.gizmo_axes == "local")
