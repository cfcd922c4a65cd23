"""Edits of blocks: operations that move, shape, mark, add, remove, cut and join them, applied to a result anew.

Owns what an operation on blocks means, and what becomes of splats that blocks carry. Blocks are named by numbers that
stay theirs through all edits, so that a list of operations means the same whenever it is applied. Selections are the
window's: every operation says what it is about.
"""

from recon.editing.blocks.base import BlockOperation, EditedBlocks
from recon.editing.blocks.carrying import Carried, Carrying, carried
from recon.editing.blocks.changes import (
    SHAPES,
    CarrySplats,
    Mark,
    MarkBlocks,
    MoveBlocks,
    RenameBlock,
    ShapeBlocks,
    ShapeName,
    StretchBlocks,
)
from recon.editing.blocks.structure import (
    AddBlock,
    ChooseNumber,
    DeleteBlocks,
    DuplicateBlocks,
    MergeBlocks,
    SplitBlock,
    reachable_numbers,
)

__all__ = [
    "SHAPES",
    "AddBlock",
    "BlockOperation",
    "Carried",
    "CarrySplats",
    "Carrying",
    "ChooseNumber",
    "DeleteBlocks",
    "DuplicateBlocks",
    "EditedBlocks",
    "Mark",
    "MarkBlocks",
    "MergeBlocks",
    "MoveBlocks",
    "RenameBlock",
    "ShapeBlocks",
    "ShapeName",
    "SplitBlock",
    "StretchBlocks",
    "carried",
    "reachable_numbers",
]
