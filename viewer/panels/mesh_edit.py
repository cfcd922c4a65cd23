"""The panel of mesh edits: a box to crop to, thinning, smoothing, closing and cleaning, and the history."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)

from viewer.model.mesh_editing import MeshEditModel
from viewer.panels.edit_history_list import HistoryList
from viewer.panels.edit_sheet import EditSheet
from viewer.panels.fold import Fold
from viewer.panels.gizmo_choice import GizmoChoice

NOTHING = "Nothing to edit. Show a finished mesh in the active pane."
ON_TEXTURES = (
    "Fewer faces turn a texture into colours of vertices. Smoothing keeps it, a little stretched; everything else "
    "keeps it as it is."
)
HALF = 0.5  # of the faces there are, that is offered first
ROUNDS, EDGES, SHARE = 5, 100, 3.0


class MeshEditPanel(EditSheet):
    """Everything about editing a mesh.

    Parameters
    ----------
    model : MeshEditModel

    Attributes
    ----------
    register_wanted : Signal
        Emitted when it is wanted that the mesh be moved onto another result.
    """

    register_wanted = Signal()

    def __init__(self, model: MeshEditModel) -> None:
        note = QLabel(ON_TEXTURES, objectName="quiet", wordWrap=True)
        history = Fold("History", HistoryList(model), unfolded=True)
        register = QPushButton("Move onto another …", toolTip="Until both results lie on each other")
        super().__init__((CropBox(model), MeshSteps(model), note, register, history))
        register.clicked.connect(self.register_wanted)
        self._model = model
        for event in (model.events.target, model.events.message, model.events.busy):
            event.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self, *_: object) -> None:
        model = self._model
        title = _counted(model) if model.target else NOTHING
        self.tell(f"{model.busy} …" if model.busy else title, model.message, usable=model.target is not None)


def _counted(model: MeshEditModel) -> str:
    mesh = model.target.surface.mesh if model.target else None
    if mesh is None:
        return ""
    look = "textured" if mesh.texture is not None else "coloured" if mesh.colors is not None else "without colours"
    return f"{len(mesh):,} faces · {look}"


class CropBox(QWidget):
    """Takes the box in hand, and crops to it.

    Parameters
    ----------
    model : MeshEditModel
    """

    def __init__(self, model: MeshEditModel) -> None:
        super().__init__()
        self._model = model
        self._box = QPushButton("Box", checkable=True, toolTip="Put a box around what shall stay")
        self._box.clicked.connect(lambda on: model.take("box" if on else "navigate"))
        self._crop = QPushButton("Crop", toolTip="Remove every face that is not wholly within the box")
        self._crop.clicked.connect(model.crop)
        self._choice = GizmoChoice(model)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._box, 0, 0)
        layout.addWidget(self._crop, 0, 1)
        layout.addWidget(self._choice, 1, 0, 1, 2)
        model.events.tool.connect(self._on_tool_changed)
        self._on_tool_changed()

    def _on_tool_changed(self, *_: object) -> None:
        held = self._model.tool == "box"
        self._box.setChecked(held)
        self._crop.setEnabled(held)
        self._choice.setVisible(held)


class MeshSteps(QWidget):
    """Steps that need a number each.

    Parameters
    ----------
    model : MeshEditModel
    """

    def __init__(self, model: MeshEditModel) -> None:
        super().__init__()
        self._model = model
        self._key = ""
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._layout.setColumnStretch(0, 1)
        self.faces = QSpinBox(minimum=4, maximum=100_000_000, singleStep=1000, suffix=" faces")
        self.faces.setGroupSeparatorShown(True)
        self.rounds = QSpinBox(minimum=1, maximum=1000, value=ROUNDS, suffix=" rounds")
        self.edges = QSpinBox(minimum=3, maximum=10_000_000, value=EDGES, prefix="up to ", suffix=" edges")
        self.share = QDoubleSpinBox(minimum=0, maximum=100, value=SHARE, decimals=1, prefix="below ", suffix=" %")
        self._add(self.faces, "Simplify", "Have at most so many faces", lambda: model.simplify(self.faces.value()))
        self._add(self.rounds, "Smooth", "Smooth without shrinking", lambda: model.smooth(self.rounds.value()))
        self._add(
            self.edges,
            "Fill holes",
            "Close holes whose border has at most so many edges",
            lambda: model.fill_holes(self.edges.value()),
        )
        self._add(
            self.share,
            "Remove parts",
            "Remove parts of less than this share of the largest one's area",
            lambda: model.remove_small(self.share.value() / 100),
        )
        model.events.target.connect(self._on_target_changed)
        self._on_target_changed()

    def _add(self, number: QSpinBox | QDoubleSpinBox, words: str, tip: str, do: Callable[[], None]) -> None:
        row = self._layout.rowCount()
        number.setAccessibleName(tip)
        number.setToolTip(tip)
        button = QPushButton(words, toolTip=tip)
        button.clicked.connect(lambda _=False: do())
        self._layout.addWidget(number, row, 0)
        self._layout.addWidget(button, row, 1)

    def _on_target_changed(self, *_: object) -> None:
        """Offer half the faces of a mesh that has just been taken up."""
        target = self._model.target
        if target is not None and target.key != self._key:
            self._key = target.key
            self.faces.setValue(max(4, round(HALF * len(target.surface))))
