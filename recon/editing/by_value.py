"""Selecting by what splats are like."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from recon.editing.base import Edited, Mask, Operation, Selection
from recon.editing.measures import Measures
from recon.editing.placement import Eye

ValueName = Literal["opacity", "size", "elongation", "camera_distance", "seen_by"]
VALUES: tuple[ValueName, ...] = get_args(ValueName)
# The score that is asked for at sensitivity 0 and 1.
STRICTEST, MOST_LENIENT = 0.95, 0.5


@dataclass(frozen=True)
class SeenFrom(Operation):
    """Tell the cameras of the photographs, for the operations after it that ask for them.

    It stands in the list itself, so that a saved list means the same wherever the photographs are.

    Parameters
    ----------
    eyes : tuple of Eye
        Those of the training views.
    """

    eyes: tuple[Eye, ...] = ()

    def apply(self, edited: Edited) -> Edited:
        """Remember them."""
        return replace(edited, measures=Measures(edited.splats, self.eyes))


@dataclass(frozen=True)
class SelectByValue(Selection):
    """Select splats by a value.

    Parameters
    ----------
    value : {"opacity", "size", "elongation", "camera_distance", "seen_by"}
        What `Measures` says of them; the last two need cameras.
    low, high : float, optional
        The range, both ends included; None leaves it open.
    """

    value: ValueName = "opacity"
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.value not in VALUES:
            raise ValueError(f"splats can be selected by {', '.join(VALUES)}, got {self.value!r}")

    def picks(self, edited: Edited) -> Mask:
        """Pick what is in the range."""
        values = edited.measures.value(self.value)
        picked = np.ones(len(values), bool)
        if self.low is not None:
            picked &= values >= np.float32(self.low)
        if self.high is not None:
            picked &= values <= np.float32(self.high)
        return picked


@dataclass(frozen=True)
class SelectFloaters(Selection):
    """Select what looks like a floater; see `Measures.floater_score`.

    Parameters
    ----------
    sensitivity : float
        In [0, 1]; more finds more.
    """

    sensitivity: float = 0.5

    def picks(self, edited: Edited) -> Mask:
        """Pick scores above what the sensitivity asks for."""
        wanted = STRICTEST + (MOST_LENIENT - STRICTEST) * self.sensitivity
        return np.asarray(edited.measures.floater_score >= wanted)
