"""The panel of blocks: how many, which, their shapes, what can be done with them, and the history."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from viewer.model.block_editing import BlockModel
from viewer.model.block_target import EditedBlocks
from viewer.panels.block_carry import CarryChoice
from viewer.panels.block_list import BlockList
from viewer.panels.block_sliders import ExplodeSlider, NumberSlider, ShapeSliders
from viewer.panels.edit_history_list import HistoryList
from viewer.panels.edit_sheet import CommandGrid, EditSheet
from viewer.panels.fold import Fold
from viewer.panels.gizmo_choice import GizmoChoice

NOTHING = "Nothing to edit. Show finished blocks in the active pane."
FIT = "Go on fitting to the photographs from the blocks as they are now, in a run of its own; locked ones stay"
APART = "Blocks drawn apart cannot be moved; put them together first."


class BlocksPanel(EditSheet):
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
        fit = QPushButton("Fit on from here", objectName="primary", toolTip=FIT)
        shape, history = Fold("Shape", ShapeSliders(model), unfolded=True), Fold("History", HistoryList(model))
        choices = (NumberSlider(model), BlockList(model), BlockButtons(model), GizmoChoice(model), CarryChoice(model))
        super().__init__((*choices, fit, ExplodeSlider(model), shape, history))
        self._model, self._fit = model, fit
        fit.clicked.connect(self.fit_wanted)
        for event in (model.events.target, model.events.message, model.events.explode, model.events.selection):
            event.connect(self._on_changed)
        self._on_changed()

    def allow_fit(self, allowed: bool) -> None:
        """Say whether the fit can go on now."""
        self._fit.setEnabled(allowed)

    def _on_changed(self) -> None:
        model, target = self._model, self._model.target
        warning = model.message or (APART if model.explode > 0 and model.free else "")
        title = _counted(target.edited, len(model.selection)) if target else NOTHING
        self.tell(title, warning, usable=target is not None)


def _counted(edited: EditedBlocks, selected: int) -> str:
    count = len(edited.blocks)
    others = ((selected, "selected"), (len(edited.hidden), "hidden"), (len(edited.locked), "locked"))
    parts = [f"{count} block{'s' * (count != 1)}", *(f"{number} {words}" for number, words in others if number)]
    return " · ".join(parts)


class BlockButtons(CommandGrid):
    """What can be done with the selected blocks.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
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
        super().__init__(commands)
        self._model = model
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
        for words, can in enabled.items():
            self.enable(words, can)
