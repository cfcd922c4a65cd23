"""Blocks that are edited: one result, as its edits leave it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from recon.editing.blocks import SHAPES, BlockOperation, ChooseNumber, EditedBlocks, Mark, ShapeBlocks, ShapeName
from viewer.model.edit_history import History

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
    """

    key: str
    path: Path
    edited: EditedBlocks
    history: Steps = field(default_factory=History)
    provisional: BlockOperation | None = None
    saves: bool = True


def room_for(history: Steps, operation: BlockOperation) -> Steps:
    """The history that a step follows: without the last one, where the step is another value for the same."""
    last = history.done[-1] if history.done else None
    match last, operation:
        case ChooseNumber(), ChooseNumber():
            return History(history.done[:-1])
        case ShapeBlocks(), ShapeBlocks() if (last.numbers, last.name) == (operation.numbers, operation.name):
            return History(history.done[:-1])
    return history
