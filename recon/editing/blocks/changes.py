"""Moving, shaping and marking blocks, and having them carry splats."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from recon.editing.blocks.base import BlockOperation, EditedBlocks
from recon.editing.placement import IDENTITY, UNIT, Placement, Triple
from recon.scene import Blocks
from recon.scene.superquadrics import LARGEST_EXPONENT, SMALLEST_EXPONENT
from recon.scene.transforms import transformed

Numbers = tuple[int, ...]
ShapeName = Literal["e1", "e2", "kx", "ky", "opacity"]
Mark = Literal["hidden", "locked"]
# Where each parameter stands in the arrays of blocks: array, column, and its range.
SHAPES: dict[ShapeName, tuple[str, int | None, float, float]] = {
    "e1": ("exponents", 0, SMALLEST_EXPONENT, LARGEST_EXPONENT),
    "e2": ("exponents", 1, SMALLEST_EXPONENT, LARGEST_EXPONENT),
    "kx": ("tapers", 0, -1.0, 1.0),
    "ky": ("tapers", 1, -1.0, 1.0),
    "opacity": ("opacities", None, 0.0, 1.0),
}


@dataclass(frozen=True)
class MoveBlocks(BlockOperation):
    """Move, turn and resize blocks as a whole.

    Parameters
    ----------
    numbers : tuple of int
    placement : Placement
        New world from old world.
    """

    numbers: Numbers = ()
    placement: Placement = IDENTITY

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Move."""
        similarity = self.placement.similarity
        return edited.changed(self.numbers, lambda blocks: transformed(blocks, similarity))


@dataclass(frozen=True)
class StretchBlocks(BlockOperation):
    """Resize blocks along their own axes.

    Parameters
    ----------
    numbers : tuple of int
    factors : (3,) tuple
        Above 0.
    """

    numbers: Numbers = ()
    factors: Triple = UNIT

    def __post_init__(self) -> None:
        if not (np.isfinite(self.factors).all() and min(self.factors) > 0):
            raise ValueError(f"blocks are stretched by finite factors above 0, got {self.factors}")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Resize."""
        factors = np.array(self.factors, np.float32)
        return edited.changed(self.numbers, lambda blocks: dataclasses.replace(blocks, scales=blocks.scales * factors))


@dataclass(frozen=True)
class ShapeBlocks(BlockOperation):
    """Give blocks another exponent, taper or opacity.

    Parameters
    ----------
    numbers : tuple of int
    name : {"e1", "e2", "kx", "ky", "opacity"}
        As `Blocks` has them.
    value : float
        In the range that `SHAPES` says.
    """

    numbers: Numbers = ()
    name: ShapeName = "e1"
    value: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in get_args(ShapeName):
            raise ValueError(f"a shape's parameter must be one of {', '.join(SHAPES)}, got {self.name!r}")
        *_, low, high = SHAPES[self.name]
        if not low <= self.value <= high:
            raise ValueError(f"{self.name} must be in [{low:g}, {high:g}], got {self.value}")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Shape."""
        return edited.changed(self.numbers, self._shaped)

    def _shaped(self, blocks: Blocks) -> Blocks:
        field, column, *_ = SHAPES[self.name]
        values = getattr(blocks, field).copy()
        values[... if column is None else (slice(None), column)] = self.value
        return dataclasses.replace(blocks, **{field: values})


@dataclass(frozen=True)
class MarkBlocks(BlockOperation):
    """Hide or show blocks, lock them or let them go.

    Hidden blocks are not drawn, and are still part of the result. Locked ones stay as they are: the number of blocks is
    chosen around them, and a fit that goes on does not change them.

    Parameters
    ----------
    numbers : tuple of int
    mark : {"hidden", "locked"}
    on : bool
    """

    numbers: Numbers = ()
    mark: Mark = "hidden"
    on: bool = True

    def __post_init__(self) -> None:
        if self.mark not in get_args(Mark):
            raise ValueError(f"blocks can be {' or '.join(get_args(Mark))}, got {self.mark!r}")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Mark."""
        edited.rows(self.numbers)
        if self.mark == "hidden":
            return dataclasses.replace(edited, hidden=self._marked(edited.hidden))
        return dataclasses.replace(edited, locked=self._marked(edited.locked))

    def _marked(self, before: frozenset[int]) -> frozenset[int]:
        return before | set(self.numbers) if self.on else before - set(self.numbers)


@dataclass(frozen=True)
class RenameBlock(BlockOperation):
    """Call a block something else.

    Parameters
    ----------
    number : int
    name : str
    """

    number: int = 0
    name: str = "block"

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Rename."""
        return edited.changed([self.number], lambda block: dataclasses.replace(block, names=(self.name,)))


@dataclass(frozen=True)
class CarrySplats(BlockOperation):
    """Have the blocks carry the splats of another result of the capture: see `recon.editing.blocks.carrying`.

    Where it stands in the list does not matter: splats are bound to blocks as the result has them.

    Parameters
    ----------
    splats : str
        Path of a run folder or a file; empty for none.
    """

    splats: str = ""

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Carry."""
        return dataclasses.replace(edited, carries=self.splats)
