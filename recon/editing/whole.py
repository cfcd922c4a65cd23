"""A whole result moved, as a step of its edits."""

from __future__ import annotations

from pathlib import Path

from recon.editing.blocks import MoveBlocks
from recon.editing.changes import Transform
from recon.editing.meshes import MoveMesh
from recon.editing.placement import Placement
from recon.editing.saving import (
    AnyOperation,
    edited_blocks,
    edits_path,
    load_block_edits,
    load_edits,
    load_mesh_edits,
    save_edits,
)
from recon.editing.space import Clear
from recon.scene import Blocks, Geometry, Similarity, Splats


def move_whole(made: Geometry, path: Path, movement: Similarity) -> Path:
    """Add a movement of everything to the edits beside a result; the window can take it back, exports follow it.

    Parameters
    ----------
    made : Geometry
        What the run folder or the file at `path` holds, before its edits.
    path : Path
    movement : Similarity
        New world from old world.

    Returns
    -------
    Path
        Of the edits.

    Raises
    ------
    UnreadableFile, InputError
        If its edits cannot be understood, or the place cannot be written to.
    """
    edits, placement = edits_path(path), Placement.of(movement)
    operations: tuple[AnyOperation, ...]
    if isinstance(made, Splats):
        operations = (*load_edits(edits), Clear(), Transform(placement))  # it would move a selection alone
    elif isinstance(made, Blocks):
        operations = (*load_block_edits(edits), MoveBlocks(edited_blocks(made, path).numbers, placement))
    else:
        operations = (*load_mesh_edits(edits), MoveMesh(placement))
    save_edits(edits, operations)
    return edits
