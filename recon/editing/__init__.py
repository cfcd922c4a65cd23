"""Edits of results: operations that select, remove, hide and move, kept as a list and applied to a result anew.

Owns what an operation means, how a list of them is saved beside a result, and what makes a splat look like a floater.
Operations on splats lie here, those on blocks in `recon.editing.blocks`, those on meshes in `recon.editing.meshes`.
Refuses to change what it is given: every function returns new values, a result on disk is never overwritten, and undo
is a shorter list. Refuses torch, drawing and screens; a camera here is numbers.
"""

from recon.editing.base import Edited, Operation, Selection, SelectionMode
from recon.editing.by_value import VALUES, SeenFrom, SelectByValue, SelectFloaters, ValueName
from recon.editing.changes import CropToBox, Delete, Hide, ShowAll, Transform, altering
from recon.editing.editing import Editing, Summary, apply, shown, summary
from recon.editing.measures import Histogram, Measures
from recon.editing.placement import ORIGIN, Eye, Placement, Quaternion, Triple
from recon.editing.replay import Replay
from recon.editing.saving import (
    BLOCK_OPERATIONS,
    MESH_OPERATIONS,
    OPERATIONS,
    AnyOperation,
    blocks_from_json,
    edited_blocks,
    edited_geometry,
    edits_path,
    from_json,
    load_block_edits,
    load_edits,
    load_mesh_edits,
    save_edits,
    to_json,
)
from recon.editing.screen import SelectBrush, SelectPolygon, SelectRectangle
from recon.editing.space import All, Clear, Grow, Invert, SelectBox, SelectSphere

__all__ = [
    "BLOCK_OPERATIONS",
    "MESH_OPERATIONS",
    "OPERATIONS",
    "ORIGIN",
    "VALUES",
    "All",
    "AnyOperation",
    "Clear",
    "CropToBox",
    "Delete",
    "Edited",
    "Editing",
    "Eye",
    "Grow",
    "Hide",
    "Histogram",
    "Invert",
    "Measures",
    "Operation",
    "Placement",
    "Quaternion",
    "Replay",
    "SeenFrom",
    "SelectBox",
    "SelectBrush",
    "SelectByValue",
    "SelectFloaters",
    "SelectPolygon",
    "SelectRectangle",
    "SelectSphere",
    "Selection",
    "SelectionMode",
    "ShowAll",
    "Summary",
    "Transform",
    "Triple",
    "ValueName",
    "altering",
    "apply",
    "blocks_from_json",
    "edited_blocks",
    "edited_geometry",
    "edits_path",
    "from_json",
    "load_block_edits",
    "load_edits",
    "load_mesh_edits",
    "save_edits",
    "shown",
    "summary",
    "to_json",
]
