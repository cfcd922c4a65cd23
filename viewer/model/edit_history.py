"""The history of one result's edits: what was done, what was undone, and what to call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from recon.editing import (
    All,
    AnyOperation,
    Clear,
    CropToBox,
    Delete,
    Grow,
    Hide,
    Invert,
    Operation,
    SelectBox,
    SelectBrush,
    SelectByValue,
    SelectFloaters,
    Selection,
    SelectPolygon,
    SelectRectangle,
    SelectSphere,
    ShowAll,
    Transform,
)
from recon.editing.blocks import (
    AddBlock,
    BlockOperation,
    CarrySplats,
    ChooseNumber,
    DeleteBlocks,
    DuplicateBlocks,
    MarkBlocks,
    MergeBlocks,
    MoveBlocks,
    RenameBlock,
    ShapeBlocks,
    ShapeName,
    SplitBlock,
    StretchBlocks,
)
from recon.editing.meshes import CropMesh, FillHoles, MeshOperation, MoveMesh, RemoveSmall, SimplifyMesh, SmoothMesh

OperationT = TypeVar("OperationT", Operation, BlockOperation, MeshOperation)
TITLES: dict[type[AnyOperation], str] = {
    All: "Select all",
    Clear: "Clear selection",
    CropToBox: "Crop to box",
    Delete: "Delete",
    Grow: "Grow selection",
    Hide: "Hide",
    Invert: "Invert selection",
    SelectBox: "Box",
    SelectBrush: "Brush",
    SelectFloaters: "Likely floaters",
    SelectPolygon: "Lasso",
    SelectRectangle: "Rectangle",
    SelectSphere: "Sphere",
    ShowAll: "Show all",
    Transform: "Transform",
    AddBlock: "Add a block",
    CarrySplats: "Carry splats",
    ChooseNumber: "Number of blocks",
    DeleteBlocks: "Delete",
    DuplicateBlocks: "Duplicate",
    MergeBlocks: "Merge",
    MoveBlocks: "Move",
    RenameBlock: "Rename",
    SplitBlock: "Split",
    StretchBlocks: "Stretch",
    CropMesh: "Crop to box",
    MoveMesh: "Move",
}
SHAPE_TITLES: dict[ShapeName, str] = {
    "e1": "Roundness upwards",
    "e2": "Roundness around",
    "kx": "Taper along x",
    "ky": "Taper along y",
    "opacity": "Opacity",
}
MARK_TITLES = {
    ("hidden", True): "Hide",
    ("hidden", False): "Show",
    ("locked", True): "Lock",
    ("locked", False): "Unlock",
}
VALUE_TITLES = {
    "opacity": "Opacity",
    "size": "Size",
    "elongation": "Elongation",
    "camera_distance": "Distance from cameras",
    "seen_by": "Seen by cameras",
}
MODE_SIGNS = {"replace": "", "add": " +", "subtract": " −", "intersect": " ∩"}


@dataclass(frozen=True)
class History(Generic[OperationT]):
    """Operations in a row, and a place among them.

    Parameters
    ----------
    done : tuple of Operation, or of BlockOperation
    undone : tuple of the same
        What redo brings back, the next one first.
    """

    done: tuple[OperationT, ...] = ()
    undone: tuple[OperationT, ...] = ()

    @property
    def operations(self) -> tuple[OperationT, ...]:
        """All of them."""
        return self.done + self.undone

    def followed_by(self, operation: OperationT) -> History[OperationT]:
        """With one more; what was undone is forgotten."""
        return History[OperationT](self.done + (operation,))  # noqa: RUF005  typed so

    def at(self, count: int) -> History[OperationT]:
        """With so many of them done."""
        operations = self.operations
        count = min(max(count, 0), len(operations))
        return History[OperationT](operations[:count], operations[count:])


def title(operation: AnyOperation) -> str:
    """What to call an operation in a list."""
    match operation:
        case SimplifyMesh():
            return f"Simplify to {operation.faces:,} faces"
        case SmoothMesh():
            return f"Smooth in {operation.rounds} round{'s' * (operation.rounds != 1)}"
        case FillHoles():
            return f"Fill holes up to {operation.longest} edges"
        case RemoveSmall():
            return f"Remove parts below {100 * operation.smallest:.3g} %"
        case SelectByValue():
            named = VALUE_TITLES[operation.value]
        case ShapeBlocks():
            named = SHAPE_TITLES[operation.name]
        case MarkBlocks():
            named = MARK_TITLES[operation.mark, operation.on]
        case _:
            named = TITLES[type(operation)]
    return named + (MODE_SIGNS[operation.mode] if isinstance(operation, Selection) else "")
