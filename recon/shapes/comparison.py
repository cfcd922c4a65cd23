"""How far parts are from a solid, and the best of several that could be added to others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from recon.shapes.refine import PartsT, refined, union_of
from recon.shapes.samples import Samples

Floats = NDArray[np.float64]

ONE_OF = 3  # samples that a first look at candidates takes
FIRST_STEPS, NEXT_STEPS, LAST_STEPS = 15, 10, 10


class Comparison(Generic[PartsT]):
    """What a fit is held against.

    Parameters
    ----------
    samples : Samples
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self._rows = np.arange(len(samples)) % ONE_OF == 0
        self._few = samples.part(self._rows)

    @property
    def spacing(self) -> float:
        """World units between neighbours of the solid's grid."""
        return self.samples.spacing

    def distances(self, parts: PartsT) -> Floats:
        """(B, P): from each sample to each part."""
        return parts.distances(self.samples.points)

    def error(self, union: Floats) -> float:
        """Volume of what is missing and what is too much, as a share of the solid's, by distances (P,) of samples."""
        return _error(self.samples, union)

    def settled(self, parts: PartsT, cells: float, iterations: int) -> PartsT:
        """All parts refined together, with a band of so many cells."""
        return refined(parts, self.samples, None, cells * self.spacing, iterations)

    def best_of(self, candidates: Iterable[PartsT], rest: Floats, band: float) -> PartsT:
        """The candidate that does best beside the rest, refined from a wide band to a narrow one.

        Parameters
        ----------
        candidates : iterable of Parts
            One part each.
        rest : (P,) float64
            Distance of the samples from the other parts.
        band : float
            To begin with, world units.
        """
        few_rest = rest[self._rows]
        looked_at = [self._first_look(each, few_rest, band) for each in candidates]
        _, best = min(looked_at, key=lambda pair: pair[0])
        return refined(best, self.samples, rest, 1.5 * self.spacing, LAST_STEPS)

    def _first_look(self, part: PartsT, rest: Floats, band: float) -> tuple[float, PartsT]:
        wide = refined(part, self._few, rest, max(band, 2 * self.spacing), FIRST_STEPS)
        narrow = refined(wide, self._few, rest, 2 * self.spacing, NEXT_STEPS)
        return _error(self._few, union_of(narrow.distances(self._few.points), rest)), narrow


def _error(samples: Samples, union: Floats) -> float:
    return float(samples.weights[(union < 0) != (samples.distances < 0)].sum())
