"""The panel of blocks: how many, which, their shapes, what can be done with them, and the history."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from viewer.model.block_editing import BlockModel
from viewer.panels.block_list import BlockList
from viewer.panels.block_sliders import ExplodeSlider, NumberSlider, ShapeSliders
from viewer.panels.edit_history_list import HistoryList
from viewer.panels.fold import Fold
from viewer.panels.gizmo_choice import GizmoChoice

NOTHING = "Nothing to edit. Show finished blocks in the active pane."
FIT = "Go on fitting to the photographs from the blocks as they are now, in a run of its own; locked ones stay"
APART = "Blocks drawn apart cannot be moved; put them together first."


class BlocksPanel(QScrollArea):
    """Everything about editing blocks.

    Parameters
    ----------
    model : BlockModel

    Attributes
    ----------
    fit_wanted : Signal
        The fit shall go on from the blocks as they are now.
    """

    fit_wanted = Signal()

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._model = model
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(320)
        self._counts = QLabel(objectName="title", wordWrap=True)
        self._message = QLabel(objectName="warning", wordWrap=True)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(10)
        for widget in (NumberSlider(model), BlockList(model), BlockButtons(model), GizmoChoice(model)):
            body.addWidget(widget)
        self._fit = QPushButton("Fit on from here", objectName="primary", toolTip=FIT)
        self._fit.clicked.connect(self.fit_wanted)
        body.addWidget(self._fit)
        body.addWidget(ExplodeSlider(model))
        body.addWidget(Fold("Shape", ShapeSliders(model), unfolded=True))
        body.addWidget(Fold("History", HistoryList(model)))
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(10)
        for widget in (self._counts, self._message, self._body):
            layout.addWidget(widget)
        layout.addStretch()
        self.setWidget(inside)
        for event in (model.events.target, model.events.message, model.events.explode, model.events.selection):
            event.connect(self._on_changed)
        self._on_changed()

    def allow_fit(self, allowed: bool) -> None:
        """Say whether the fit can go on now."""
        self._fit.setEnabled(allowed)

    def _on_changed(self) -> None:
        model, target = self._model, self._model.target
        self._body.setEnabled(target is not None)
        message = model.message or (APART if model.explode > 0 and model.free else "")
        self._message.setText(message)
        self._message.setVisible(bool(message))
        if target is None:
            self._counts.setText(NOTHING)
            return
        edited = target.edited
        parts = [f"{len(edited.blocks)} block{'s' * (len(edited.blocks) != 1)}"]
        for number, words in ((len(model.selection), "selected"), (len(edited.hidden), "hidden")):
            parts += [f"{number} {words}"] if number else []
        parts += [f"{len(edited.locked)} locked"] if edited.locked else []
        self._counts.setText(" · ".join(parts))


class BlockButtons(QWidget):
    """What can be done with the selected blocks.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._model = model
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        commands = (
            ("Add", model.add, "Add a block in the middle of all"),
            ("Duplicate", model.duplicate, "Copy the selected blocks to beside themselves"),
            ("Split", model.split, "Cut the selected block in two across its longest axis"),
            ("Merge", model.merge, "Put one block in the place of the two that are selected"),
            ("Delete", model.delete, "Remove the selected blocks"),
            ("Lock", lambda: model.toggle("locked"), "Keep the selected blocks as they are, in edits and in fits"),
            ("Hide", lambda: model.toggle("hidden"), "Hide the selected blocks; they stay part of the result"),
            ("Show all", model.show_all, "Show what was hidden"),
        )
        self._buttons = {}
        for index, (words, command, tip) in enumerate(commands):
            button = QPushButton(words, toolTip=tip)
            button.clicked.connect(lambda _=False, command=command: command())
            layout.addWidget(button, index // 4, index % 4)
            self._buttons[words] = button
        for event in (model.events.target, model.events.selection):
            event.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        model, target = self._model, self._model.target
        enabled = {
            "Add": target is not None,
            "Duplicate": bool(model.selection),
            "Split": len(model.free) == 1,
            "Merge": model.can_merge,
            "Delete": bool(model.free),
            "Lock": bool(model.selection),
            "Hide": bool(model.selection),
            "Show all": target is not None and bool(target.edited.hidden),
        }
        for words, button in self._buttons.items():
            button.setEnabled(enabled[words])
