"""What every operation on blocks is, and what it works on."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.scene import Blocks

ARRAYS = ("centers", "quaternions", "scales", "exponents", "tapers", "opacities", "textures")


@dataclass(frozen=True, eq=False)
class EditedBlocks:
    """Blocks as some operations leave them.

    Parameters
    ----------
    made : Blocks
        The result before any operation.
    blocks : Blocks
        All that are left, the hidden ones included, by ascending number; without merges.
    numbers : (B,) tuple of int
        What each is known by: in the result its row; then what each of the result's merges makes; then, in the order in
        which they were made, those that operations add. A number is never given twice.
    hidden, locked : frozenset of int
        Numbers.
    next_number : int
        Of the next block that is added.
    carries : str
        Path of the splats that the blocks carry: a run folder or a file; empty for none.
    """

    made: Blocks
    blocks: Blocks
    numbers: tuple[int, ...]
    next_number: int
    hidden: frozenset[int] = frozenset()
    locked: frozenset[int] = frozenset()
    carries: str = ""

    @classmethod
    def of(cls, blocks: Blocks) -> EditedBlocks:
        """A result before any operation."""
        merges = 0 if blocks.merges is None else len(blocks.merges.blocks)
        plain = dataclasses.replace(blocks, merges=None)
        return cls(blocks, plain, tuple(range(len(blocks))), len(blocks) + merges)

    @property
    def result(self) -> Blocks:
        """The blocks, hidden ones too; as long as none was changed, with the result's merges."""
        unchanged = self.numbers == tuple(range(len(self.made))) and all(map(self.is_as_made, self.numbers))
        return self.made if unchanged else self.blocks

    @property
    def visible(self) -> Blocks:
        """The blocks that are not hidden."""
        shown = np.array([number not in self.hidden for number in self.numbers], bool)
        return self.blocks if shown.all() else self.blocks.part(shown)

    def rows(self, numbers: Iterable[int]) -> NDArray[np.intp]:
        """Where blocks stand in the arrays.

        Raises
        ------
        InputError
            If one is not there.
        """
        places = {number: row for row, number in enumerate(self.numbers)}
        missing = [number for number in numbers if number not in places]
        if missing:
            raise InputError(f"There is no block number {missing[0]} any more, so it cannot be edited.")
        return np.array([places[number] for number in numbers], np.intp)

    def block(self, number: int) -> Blocks:
        """One of them alone."""
        return self.blocks.part(self.rows([number])).bare()

    def as_made(self, numbers: Iterable[int]) -> Blocks:
        """What numbers of the result and of its merges stood for at first, by ascending number."""
        ordered, first = np.array(sorted(numbers), np.intp), len(self.made)
        some = self.made.part(ordered[ordered < first]).bare()
        merges = self.made.merges
        return some if merges is None else some.joined(merges.blocks.part(ordered[ordered >= first] - first).bare())

    def is_as_made(self, number: int, *, but_for_name: bool = False) -> bool:
        """Whether a block is as the result, or one of its merges, has it."""
        row, first, merges = int(self.rows([number])[0]), len(self.made), self.made.merges
        source, place = self.made, number
        if number >= first:
            if merges is None or number >= first + len(merges.blocks):
                return False
            source, place = merges.blocks, number - first
        same = all(np.array_equal(getattr(self.blocks, name)[row], getattr(source, name)[place]) for name in ARRAYS)
        return same and (but_for_name or self.blocks.names[row] == source.names[place])

    def changed(self, numbers: Iterable[int], change: Callable[[Blocks], Blocks]) -> EditedBlocks:
        """With some of the blocks changed."""
        rows = self.rows(numbers)
        if not len(rows):
            return self
        some = change(self.blocks.part(rows).bare())
        arrays = {name: getattr(self.blocks, name) for name in ARRAYS}
        for name, array in arrays.items():
            if not np.array_equal(getattr(some, name), array[rows]):
                arrays[name] = array.copy()
                arrays[name][rows] = getattr(some, name)
        names = list(self.blocks.names)
        for row, name in zip(rows, some.names, strict=True):
            names[row] = name
        return dataclasses.replace(self, blocks=dataclasses.replace(self.blocks, **arrays, names=tuple(names)))

    def without(self, numbers: Iterable[int]) -> EditedBlocks:
        """With some of the blocks gone."""
        gone = frozenset(numbers)
        self.rows(gone)
        kept = [number for number in self.numbers if number not in gone]
        left = self.blocks.part(self.rows(kept))
        return dataclasses.replace(
            self, blocks=left, numbers=tuple(kept), hidden=self.hidden - gone, locked=self.locked - gone
        )

    def joined(self, others: Blocks, numbers: tuple[int, ...] | None = None) -> EditedBlocks:
        """With others, under new numbers or under some of the result's own."""
        following = self.next_number
        if numbers is None:
            numbers = tuple(range(following, following + len(others)))
            following += len(others)
        everything = (*self.numbers, *numbers)
        order = np.argsort(everything)
        blocks = self.blocks.joined(others.bare()).part(order)
        ordered = tuple(everything[index] for index in order)
        return dataclasses.replace(self, blocks=blocks, numbers=ordered, next_number=following)


class BlockOperation(ABC):
    """One step of an edit of blocks: a frozen dataclass of plain numbers that compares by value and saves as JSON."""

    @abstractmethod
    def apply(self, edited: EditedBlocks) -> EditedBlocks:
        """What it makes of a state; the state itself stays as it was.

        Raises
        ------
        InputError
            If a block that it is about is not there.
        """
