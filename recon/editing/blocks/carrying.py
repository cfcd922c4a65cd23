"""Splats that blocks carry: each belongs to one of them, or to none, and goes where its block goes.

Splats are bound to the blocks of a result as the result has them. Everything is derived from the original splats and
the list of operations, so that splats of blocks that are where they were are the original ones, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.editing.blocks.base import BlockOperation, EditedBlocks
from recon.editing.blocks.belonging import nearest, owners
from recon.editing.blocks.movement import Frame, Movement
from recon.editing.blocks.structure import DuplicateBlocks
from recon.editing.replay import Replay
from recon.scene import Blocks, Splats

Numbers = NDArray[np.int32]
Rows = NDArray[np.int64]
ARRAYS = ("means", "quaternions", "scales", "opacities", "sh")


@dataclass(frozen=True, eq=False)
class Carried:
    """Splats where blocks have carried them.

    Parameters
    ----------
    splats : Splats
        Without those of blocks that are gone, and with those of copies at the end; the very ones that were bound where
        nothing has changed.
    numbers : (N,) int32
        Of the block that each belongs to; -1 for none.
    hidden : (N,) bool
        Those of hidden blocks.
    """

    splats: Splats
    numbers: Numbers
    hidden: NDArray[np.bool_]

    @property
    def visible(self) -> Splats:
        """Without those of hidden blocks."""
        return self.splats.part(~self.hidden) if self.hidden.any() else self.splats


class Carrying:
    """Splats bound to blocks: `apply` for list after list of operations, quick where they begin alike.

    Parameters
    ----------
    splats : Splats
        Of the same capture.
    blocks : Blocks
        A result before any operation.
    """

    def __init__(self, splats: Splats, blocks: Blocks) -> None:
        self._replay = Replay(_Bound.at_first(splats, EditedBlocks.of(blocks)))

    def apply(self, operations: Iterable[BlockOperation]) -> Carried:
        """Where operations on the blocks leave the splats.

        Raises
        ------
        InputError
            If they are about blocks that are not there.
        """
        return self._replay.apply([_Step(operation) for operation in operations]).carried()


def carried(splats: Splats, blocks: Blocks, operations: Iterable[BlockOperation]) -> Carried:
    """Where operations on blocks leave splats that are bound to them; see `Carrying`."""
    return Carrying(splats, blocks).apply(operations)


@dataclass(frozen=True)
class _Step:
    """An operation on blocks as one on what is bound to them."""

    operation: BlockOperation

    def apply(self, bound: _Bound) -> _Bound:
        return bound.followed_by(self.operation)


@dataclass(frozen=True, eq=False)
class _Bound:
    """Whose each splat is, while blocks come, move and go.

    Parameters
    ----------
    source : Splats
        As they were bound.
    edited : EditedBlocks
    births : mapping of int to Frame
        Of every block there has been: how it stood when it came.
    rows : (N,) int64
        Which of the source each splat is.
    first, owners : (N,) int32
        Numbers of the blocks that each belonged to at first, and belongs to now; NOBODY for none.
    trails : (N,) int32
        Which of `ways` each has come.
    ways : tuple of tuple of Movement
        What blocks have done to splats that belong to others now.
    """

    source: Splats
    edited: EditedBlocks
    births: Mapping[int, Frame]
    rows: Rows
    first: Numbers
    owners: Numbers
    trails: Numbers
    ways: tuple[tuple[Movement, ...], ...] = ((),)

    @classmethod
    def at_first(cls, splats: Splats, edited: EditedBlocks) -> _Bound:
        owned = owners(edited.blocks, splats.means)
        births = {number: Frame.of(edited.blocks, row) for row, number in enumerate(edited.numbers)}
        return cls(splats, edited, births, np.arange(len(splats)), owned, owned, np.zeros(len(splats), np.int32))

    def followed_by(self, operation: BlockOperation) -> _Bound:
        """After an operation on the blocks."""
        after = operation.apply(self.edited)
        come = tuple(number for number in after.numbers if number not in self.edited.numbers)
        gone = tuple(number for number in self.edited.numbers if number not in after.numbers)
        bound = self
        if isinstance(operation, DuplicateBlocks):
            bound = self._copied(operation.numbers, come, after)
        elif gone and not come:
            bound = self._kept(~np.isin(self.owners, gone))
        elif gone:
            bound = self._handed_over(gone, come, after)
        births = {number: _frame(after, number) for number in come}
        return replace(bound, edited=after, births={**self.births, **births})

    def carried(self) -> Carried:
        """The splats where they are now."""
        hidden = np.isin(self.owners, list(self.edited.hidden))
        untouched = len(self.rows) == len(self.source) and np.array_equal(self.rows, np.arange(len(self.rows)))
        start = self.source if untouched else self.source.part(self.rows)
        return Carried(self._moved(start, np.arange(len(self.rows))), self.owners, hidden)

    def _moved(self, splats: Splats, chosen: Rows) -> Splats:
        """Some of the splats, given as they were bound, where they are now."""
        arrays: dict[str, Any] = {}
        for mine, movements in self._groups(chosen):
            arrays = arrays or {name: getattr(splats, name).copy() for name in ARRAYS}
            part = splats.part(mine)
            for movement in movements:
                part = movement.carry(part)
            for name, array in arrays.items():
                array[mine] = getattr(part, name)
        return replace(splats, **arrays) if arrays else splats

    def _groups(self, chosen: Rows) -> list[tuple[Rows, list[Movement]]]:
        """Which of some splats have moved, and how; those that have moved alike together."""
        groups = []
        owned, trails = self.owners[chosen], self.trails[chosen]
        for number in self.edited.numbers:
            (mine,) = np.nonzero(owned == number)
            last = self._movement(number)
            for trail in np.unique(trails[mine]):
                movements = [movement for movement in (*self.ways[trail], last) if not movement.stays]
                if movements:
                    groups.append((mine[trails[mine] == trail], movements))
        return groups

    def _movement(self, number: int) -> Movement:
        """Of a block that is there, since it came."""
        return Movement(self.births[number], _frame(self.edited, number))

    def _kept(self, kept: NDArray[np.bool_]) -> _Bound:
        """Only some of the splats."""
        chosen = self.rows[kept], self.first[kept], self.owners[kept], self.trails[kept]
        return _Bound(self.source, self.edited, self.births, *chosen, self.ways)

    def _copied(self, numbers: Sequence[int], copies: Sequence[int], after: EditedBlocks) -> _Bound:
        """With the splats of blocks once more, for their copies."""
        ways, parts = list(self.ways), [(self.rows, self.first, self.owners, self.trails)]
        for number, copy in zip(numbers, copies, strict=True):
            (mine,) = np.nonzero(self.owners == number)
            movement = Movement(self.births[number], _frame(after, copy))
            owned, trails = np.full(len(mine), copy, np.int32), _lengthened(self.trails[mine], ways, movement)
            parts.append((self.rows[mine], self.first[mine], owned, trails))
        rows, first, owned, trails = (np.concatenate(each) for each in zip(*parts, strict=True))
        return _Bound(self.source, self.edited, self.births, rows, first, owned, trails, tuple(ways))

    def _handed_over(self, gone: Sequence[int], come: Sequence[int], after: EditedBlocks) -> _Bound:
        """With the splats of blocks that go given to those that come in their place."""
        owned, trails, ways = self.owners.copy(), self.trails.copy(), list(self.ways)
        for number in gone:
            (mine,) = np.nonzero(self.owners == number)
            trails[mine] = _lengthened(self.trails[mine], ways, self._movement(number))
            heirs = _heirs(self.edited.made, number, come)
            means = self._moved(self.source.part(self.rows[mine]), mine).means
            owned[mine] = nearest(after.blocks.part(after.rows(heirs)), heirs, means)
            before = np.isin(self.first[mine], heirs)
            owned[mine[before]] = self.first[mine[before]]
        return replace(self, owners=owned, trails=trails, ways=tuple(ways))


def _frame(edited: EditedBlocks, number: int) -> Frame:
    return Frame.of(edited.blocks, int(edited.rows([number])[0]))


def _lengthened(trails: Numbers, ways: list[tuple[Movement, ...]], movement: Movement) -> Numbers:
    """The trails of splats after one more movement; those that are new are added to the ways."""
    if movement.stays:
        return trails
    longer = trails.copy()
    for trail in np.unique(trails):
        longer[trails == trail] = len(ways)
        ways.append((*ways[trail], movement))
    return longer


def _heirs(made: Blocks, number: int, come: Sequence[int]) -> tuple[int, ...]:
    """Which of the blocks that come are made of what a block is made of, by the result's merges; all where none is."""
    own = _leaves(made, number)
    related = tuple(each for each in come if not own.isdisjoint(_leaves(made, each)))
    return related or tuple(come)


def _leaves(made: Blocks, number: int) -> frozenset[int]:
    """The blocks of the result that one of them, or of its merges, is made of; empty of one that was added."""
    if number < len(made):
        return frozenset([number])
    if made.merges is None or number >= len(made) + len(made.merges.blocks):
        return frozenset()
    first, second = made.merges.pairs[number - len(made)].tolist()
    return _leaves(made, first) | _leaves(made, second)
