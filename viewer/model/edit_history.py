"""The history of one result's edits: what was done, what was undone, and what to call it."""

from __future__ import annotations

from dataclasses import dataclass

from recon.editing import (
    All,
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

TITLES: dict[type[Operation], str] = {
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
class History:
    """Operations in a row, and a place among them.

    Parameters
    ----------
    done : tuple of Operation
    undone : tuple of Operation
        What redo brings back, the next one first.
    """

    done: tuple[Operation, ...] = ()
    undone: tuple[Operation, ...] = ()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them."""
        return self.done + self.undone

    def followed_by(self, operation: Operation) -> History:
        """With one more; what was undone is forgotten."""
        return History((*self.done, operation))

    def at(self, count: int) -> History:
        """With so many of them done."""
        operations = self.operations
        count = min(max(count, 0), len(operations))
        return History(operations[:count], operations[count:])


def title(operation: Operation) -> str:
    """What to call an operation in a list."""
    named = VALUE_TITLES[operation.value] if isinstance(operation, SelectByValue) else TITLES[type(operation)]
    return named + (MODE_SIGNS[operation.mode] if isinstance(operation, Selection) else "")
