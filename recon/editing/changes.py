"""Removing, hiding and moving splats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from recon.editing.base import Edited, Mask, Operation
from recon.editing.blocks import BlockOperation, CarrySplats, MarkBlocks, RenameBlock
from recon.editing.measures import Measures
from recon.editing.meshes import MeshOperation
from recon.editing.placement import IDENTITY, UNIT, Placement, Triple
from recon.editing.space import in_box
from recon.scene import Splats
from recon.scene.transforms import transformed

OperationT = TypeVar("OperationT", Operation, BlockOperation, MeshOperation)
ARRAYS = ("means", "quaternions", "scales", "opacities", "sh")


@dataclass(frozen=True)
class Delete(Operation):
    """Remove what is selected."""

    def apply(self, edited: Edited) -> Edited:
        """Remove."""
        return edited.keep(~edited.selected)


@dataclass(frozen=True)
class Hide(Operation):
    """Hide what is selected. Hidden splats are not drawn and cannot be selected, and are still part of the result."""

    def apply(self, edited: Edited) -> Edited:
        """Hide."""
        return replace(edited, hidden=edited.hidden | edited.selected, selected=np.zeros(len(edited.splats), bool))


@dataclass(frozen=True)
class ShowAll(Operation):
    """Show what was hidden."""

    def apply(self, edited: Edited) -> Edited:
        """Show."""
        return replace(edited, hidden=np.zeros(len(edited.splats), bool))


@dataclass(frozen=True)
class CropToBox(Operation):
    """Remove everything outside a box, hidden splats too.

    Parameters
    ----------
    placement : Placement
        World from box; the box stands around its origin.
    size : (3,) tuple
        Of the box before it is placed, whole edges.
    """

    placement: Placement = IDENTITY
    size: Triple = UNIT

    def apply(self, edited: Edited) -> Edited:
        """Crop."""
        return edited.keep(in_box(edited.splats.means, self.placement, self.size))


@dataclass(frozen=True)
class Transform(Operation):
    """Move, turn and resize what is selected, or everything where nothing is.

    Parameters
    ----------
    placement : Placement
        New world from old world.
    """

    placement: Placement = IDENTITY

    def apply(self, edited: Edited) -> Edited:
        """Move."""
        similarity = self.placement.similarity
        if not edited.selected.any():
            splats = transformed(edited.splats, similarity)
        else:
            splats = _with(edited.splats, edited.selected, lambda part: transformed(part, similarity))
        return replace(edited, splats=splats, measures=Measures(splats, edited.measures.eyes))


def _with(splats: Splats, chosen: Mask, change: Callable[[Splats], Splats]) -> Splats:
    """Change some of the splats."""
    changed = change(splats.part(chosen))
    arrays = {name: getattr(splats, name).copy() for name in ARRAYS}
    for name, array in arrays.items():
        array[chosen] = getattr(changed, name)
    return replace(splats, **arrays)


ALTERING = (Delete, CropToBox, Transform)


def altering(operations: Sequence[OperationT]) -> tuple[OperationT, ...]:
    """Those up to the last that changes what is exported, and so its scores: not to select, hide, name or carry."""
    last = max((place for place, each in enumerate(operations, 1) if _alters(each)), default=0)
    return tuple(operations[:last])


def _alters(operation: Operation | BlockOperation | MeshOperation) -> bool:
    if isinstance(operation, MeshOperation):
        return True
    if isinstance(operation, BlockOperation):
        return not isinstance(operation, MarkBlocks | RenameBlock | CarrySplats)
    return isinstance(operation, ALTERING)
