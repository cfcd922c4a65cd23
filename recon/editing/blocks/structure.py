"""Adding, removing, cutting and joining blocks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from recon.editing.blocks.base import BlockOperation, EditedBlocks
from recon.editing.blocks.changes import Numbers
from recon.editing.blocks.union import union_of
from recon.editing.placement import IDENTITY, ORIGIN, UNIT, Placement, Triple
from recon.scene import Blocks, Similarity
from recon.scene.block_surfaces import painted_as
from recon.scene.transforms import transformed

PLAIN = 160  # brightness of the texture of a block that is added


@dataclass(frozen=True)
class AddBlock(BlockOperation):
    """Add a plain grey block.

    Parameters
    ----------
    placement : Placement
        World from block.
    size : (3,) tuple
        Half sizes before it is placed, above 0.
    name : str
    """

    placement: Placement = IDENTITY
    size: Triple = UNIT
    name: str = "new block"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.size).all() and min(self.size) > 0):
            raise ValueError(f"a block needs finite half sizes above 0, got {self.size}")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Add."""
        side = edited.blocks.textures.shape[2]
        block = Blocks(
            centers=np.array([self.placement.position], np.float32),
            quaternions=np.array([self.placement.rotation], np.float32),
            scales=np.array([self.size], np.float32) * np.float32(self.placement.scale),
            exponents=np.array([[0.3, 0.3]], np.float32),
            tapers=np.zeros((1, 2), np.float32),
            opacities=np.ones(1, np.float32),
            textures=np.full((1, 6, side, side, 3), PLAIN, np.uint8),
            names=(self.name,),
        )
        return edited.joined(block)


@dataclass(frozen=True)
class DuplicateBlocks(BlockOperation):
    """Add copies of blocks.

    Parameters
    ----------
    numbers : tuple of int
    shift : (3,) tuple
        By which the copies stand beside, world units.
    """

    numbers: Numbers = ()
    shift: Triple = ORIGIN

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Copy."""
        copies = edited.blocks.part(edited.rows(self.numbers)).bare()
        moved = transformed(copies, Similarity(translation=np.array(self.shift)))
        return edited.joined(dataclasses.replace(moved, names=tuple(f"{name} copy" for name in copies.names)))


@dataclass(frozen=True)
class DeleteBlocks(BlockOperation):
    """Remove blocks.

    Parameters
    ----------
    numbers : tuple of int
    """

    numbers: Numbers = ()

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Remove."""
        return edited.without(self.numbers)


@dataclass(frozen=True)
class SplitBlock(BlockOperation):
    """Cut a block in two halves, each painted as the block was.

    Parameters
    ----------
    number : int
    axis : int
        Of the block, 0 to 2: that which is halved.
    """

    number: int = 0
    axis: int = 0

    def __post_init__(self) -> None:
        if self.axis not in (0, 1, 2):
            raise ValueError(f"a block is cut across its axis 0, 1 or 2, got {self.axis}")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Cut."""
        whole = edited.block(self.number)
        upper, lower = (_half(whole, self.axis, side) for side in (1.0, -1.0))
        halves = upper.joined(lower)
        halves = dataclasses.replace(halves, textures=painted_as(halves, whole))
        return edited.without([self.number]).joined(halves)


def _half(whole: Blocks, axis: int, side: float) -> Blocks:
    """One half of a block; a taper goes on within it: a (1 + k z) = a (1 + k s / 2) (1 + k / (2 + k s) z')."""
    shift = whole.world_from_block[:, :, axis] * whole.scales[:, axis : axis + 1] * side / 2
    scales, tapers = whole.scales.copy(), whole.tapers.copy()
    scales[:, axis] /= 2
    if axis == 2:
        scales[:, :2] *= 1 + side * whole.tapers / 2
        tapers = whole.tapers / (2 + side * whole.tapers)
    centers = (whole.centers + shift).astype(np.float32)
    name = f"{whole.names[0]} {'a' if side > 0 else 'b'}"
    return dataclasses.replace(whole, centers=centers, scales=scales, tapers=tapers, names=(name,))


@dataclass(frozen=True)
class MergeBlocks(BlockOperation):
    """Put one block in the place of two: the one that the result's merges have for them, else one fitted to both.

    Parameters
    ----------
    first, second : int
        Numbers; the first one's name stays.
    """

    first: int = 0
    second: int = 1

    def __post_init__(self) -> None:
        if self.first == self.second:
            raise ValueError("a block cannot be merged with itself")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Merge."""
        pair = edited.blocks.part(edited.rows([self.first, self.second])).bare()
        left = edited.without([self.first, self.second])
        known = _merge_of(edited, {self.first, self.second})
        if known is not None:
            return left.joined(*known)
        union = union_of(pair)
        return left.joined(dataclasses.replace(union, textures=painted_as(union, pair)))


def _merge_of(edited: EditedBlocks, pair: set[int]) -> tuple[Blocks, Numbers] | None:
    """The result's own merge of two blocks that are as it made them."""
    merges = edited.made.merges
    for step, numbers in enumerate([] if merges is None else merges.pairs.tolist()):
        if set(numbers) == pair and all(map(edited.is_as_made, pair)):
            number = len(edited.made) + step
            return edited.as_made([number]), (number,)
    return None


@dataclass(frozen=True)
class ChooseNumber(BlockOperation):
    """Have so many blocks, by the result's merges; the cheapest are made first, and undone last.

    Blocks that were changed, hidden or locked stay as they are, so that fewer numbers can be reached.

    Parameters
    ----------
    count : int
        At least 1.
    """

    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"at least 1 block is needed, got {self.count}")

    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """Merge, or undo merges, until the number is reached or nothing is left to do."""
        merges = edited.made.merges
        if merges is None:
            return edited
        first, pairs = len(edited.made), merges.pairs.tolist()
        free = {number for number in edited.numbers if _is_free(edited, number)}
        before, missing = set(free), self.count - len(edited.numbers)
        for step, pair in enumerate(pairs):
            if missing < 0 and free.issuperset(pair):
                free, missing = free - set(pair) | {first + step}, missing + 1
        for step, pair in reversed(list(enumerate(pairs))):
            if missing > 0 and first + step in free:
                free, missing = free - {first + step} | set(pair), missing - 1
        come = tuple(sorted(free - before))
        return edited.without(before - free).joined(edited.as_made(come), come)


def reachable_numbers(edited: EditedBlocks) -> tuple[int, int]:
    """The smallest and largest number of blocks that `ChooseNumber` can come to."""
    least = len(ChooseNumber(1).apply(edited).numbers)
    return least, len(ChooseNumber(len(edited.numbers) + len(edited.made)).apply(edited).numbers)


def _is_free(edited: EditedBlocks, number: int) -> bool:
    return number not in edited.hidden and number not in edited.locked and edited.is_as_made(number)
