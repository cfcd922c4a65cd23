"""What every operation is, and what it works on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recon.editing.measures import Measures
from recon.scene import Splats

Mask = NDArray[np.bool_]
SelectionMode = Literal["replace", "add", "subtract", "intersect"]


@dataclass(frozen=True, eq=False)
class Edited:
    """Splats as some operations leave them.

    Parameters
    ----------
    splats : Splats
        All that are left, the hidden ones included.
    selected, hidden : (N,) bool
        No splat is both.
    indices : (N,) int64
        Which splat of the result each one is, ascending.
    measures : Measures
        What is known about these splats; shared by all states that hold them.
    """

    splats: Splats
    selected: Mask
    hidden: Mask
    indices: NDArray[np.int64]
    measures: Measures

    @classmethod
    def of(cls, splats: Splats) -> Edited:
        """A result before any operation."""
        none = np.zeros(len(splats), bool)
        return cls(splats, none, none, np.arange(len(splats)), Measures(splats))

    def select(self, selected: Mask) -> Edited:
        """The same splats with another selection; hidden ones stay out of it."""
        return replace(self, selected=selected & ~self.hidden)

    def keep(self, kept: Mask) -> Edited:
        """Only some of the splats."""
        if kept.all():
            return self
        splats = self.splats.part(kept)
        measures = Measures(splats, self.measures.eyes)
        return Edited(splats, self.selected[kept], self.hidden[kept], self.indices[kept], measures)


class Operation(ABC):
    """One step of an edit: a frozen dataclass of plain numbers that compares by value and saves as JSON."""

    @abstractmethod
    def apply(self, edited: Edited) -> Edited:
        """What it makes of a state; the state itself stays as it was.

        Raises
        ------
        InputError
            If it needs what is not there, such as cameras.
        """


@dataclass(frozen=True)
class Selection(Operation):
    """An operation that picks splats and joins them with those selected before.

    Parameters
    ----------
    mode : {"replace", "add", "subtract", "intersect"}
    """

    mode: SelectionMode = "replace"

    def __post_init__(self) -> None:
        if self.mode not in get_args(SelectionMode):
            raise ValueError(f"a selection's mode must be one of {get_args(SelectionMode)}, got {self.mode!r}")

    @abstractmethod
    def picks(self, edited: Edited) -> Mask:
        """Pick splats by what the operation says alone, (N,) bool."""

    def apply(self, edited: Edited) -> Edited:
        """Select."""
        picked, before = self.picks(edited), edited.selected
        match self.mode:
            case "replace":
                return edited.select(picked)
            case "add":
                return edited.select(before | picked)
            case "subtract":
                return edited.select(before & ~picked)
            case _:
                return edited.select(before & picked)
