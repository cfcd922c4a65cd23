"""Blocks that are edited: one result, as its edits leave it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from recon.editing.blocks import (
    SHAPES,
    BlockOperation,
    CarrySplats,
    ChooseNumber,
    EditedBlocks,
    Mark,
    ShapeBlocks,
    ShapeName,
)
from viewer.model.edit_history import History
from viewer.model.scores import PartScore

__all__ = ["SHAPES", "BlockTarget", "EditedBlocks", "Mark", "ShapeName", "Steps", "room_for"]

Steps = History[BlockOperation]


@dataclass(frozen=True, eq=False)
class BlockTarget:
    """Blocks that can be edited.

    Parameters
    ----------
    key : str
    path : Path
        The run folder or the file.
    edited : EditedBlocks
        As they are now, with what is being done.
    history : History
    provisional : BlockOperation, optional
        What is being done.
    saves : bool
        False where there is a file of edits that could not be understood, which must not be lost.
    errors : tuple of PartScore, optional
        Of each block as the result has it; None of one that no photograph shows. Empty where nothing is known.
    """

    key: str
    path: Path
    edited: EditedBlocks
    history: Steps = field(default_factory=History)
    provisional: BlockOperation | None = None
    saves: bool = True
    errors: tuple[PartScore | None, ...] = ()

    def error_of(self, number: int) -> PartScore | None:
        """The image error of a block; None where nothing is known, or of one that was changed since."""
        known = self.errors[number] if number < len(self.errors) else None
        return known if known and self.edited.is_as_made(number, but_for_name=True) else None


def room_for(history: Steps, operation: BlockOperation) -> Steps:
    """The history that a step follows: without the last one, where the step is another value for the same."""
    last = history.done[-1] if history.done else None
    match last, operation:
        case (ChooseNumber(), ChooseNumber()) | (CarrySplats(), CarrySplats()):
            return History(history.done[:-1])
        case ShapeBlocks(), ShapeBlocks() if (last.numbers, last.name) == (operation.numbers, operation.name):
            return History(history.done[:-1])
    return history
