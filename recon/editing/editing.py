"""Applying operations, and what is then shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recon.editing.base import Edited, Operation
from recon.editing.measures import Histogram
from recon.editing.placement import ORIGIN, Triple, triple
from recon.editing.replay import Replay
from recon.scene import SH_C0, Splats

STATES_WITH_OWN_SPLATS = 3
SAMPLE, OUTERMOST = 20_000, 5  # per cent
TINT = (1.0, 0.62, 0.2)
TINT_PART = 0.75


def apply(splats: Splats, operations: Sequence[Operation]) -> Edited:
    """Apply operations to a result.

    Parameters
    ----------
    splats : Splats
        Stay as they are.
    operations : sequence of Operation

    Returns
    -------
    Edited

    Raises
    ------
    InputError
        If an operation needs what is not there, such as cameras.
    """
    edited = Edited.of(splats)
    for operation in operations:
        edited = operation.apply(edited)
    return edited


class Editing(Replay[Edited]):
    """A result under edit: `apply` for list after list, quick where they begin alike.

    Parameters
    ----------
    splats : Splats
    """

    def __init__(self, splats: Splats) -> None:
        start = Edited.of(splats)

        def too_many(states: Collection[Edited]) -> bool:
            return len({id(edited.splats) for edited in states} - {id(splats)}) > STATES_WITH_OWN_SPLATS

        super().__init__(start, too_many)


@dataclass(frozen=True)
class Summary:
    """What to tell of a state.

    Parameters
    ----------
    count, selected, hidden : int
        How many splats there are, and how many of them are selected and hidden.
    center : (3,) tuple
        The middle of what is selected, or of everything where nothing is; world coordinates.
    size : (3,) tuple
        Of the box around the same that leaves out the outermost twentieth on each side; world units.
    histograms : mapping of value name to Histogram
    """

    count: int
    selected: int
    hidden: int
    center: Triple = ORIGIN
    size: Triple = ORIGIN
    histograms: Mapping[str, Histogram] = field(default_factory=dict)


def summary(edited: Edited) -> Summary:
    """Tell how many splats are what, and where they are."""
    (chosen,) = np.nonzero(edited.selected if edited.selected.any() else ~edited.hidden)
    counts = len(edited.splats), int(edited.selected.sum()), int(edited.hidden.sum())
    if not len(chosen):
        return Summary(*counts, histograms=edited.measures.histograms)
    sample = edited.splats.means[chosen[:: -(-len(chosen) // SAMPLE)]].astype(np.float64)
    low, high = np.percentile(sample, [OUTERMOST, 100 - OUTERMOST], axis=0)
    return Summary(*counts, triple((low + high) / 2), triple(high - low), edited.measures.histograms)


def shown(edited: Edited) -> Splats:
    """What to draw: everything but what is hidden, with what is selected tinted."""
    splats = edited.splats
    if edited.selected.any():
        sh = splats.sh * np.where(edited.selected, np.float32(1 - TINT_PART), np.float32(1))[:, None, None]
        tint = TINT_PART * (np.array(TINT, np.float32) - 0.5) / SH_C0
        sh[:, 0] += edited.selected[:, None] * tint.astype(np.float32)
        splats = replace(splats, sh=sh)
    return splats.part(~edited.hidden) if edited.hidden.any() else splats
