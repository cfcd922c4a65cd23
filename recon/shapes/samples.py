"""Points in space where a fit is compared with a solid: dense near its surface, with weights that make up for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.shapes.solid import Solid

Floats = NDArray[np.float64]

NEAR_CELLS = 2.0
NEAR_COUNT, FAR_COUNT = 14_000, 6_000


@dataclass(frozen=True, eq=False)
class Samples:
    """Points with what is true there.

    Parameters
    ----------
    points : (P, 3) float64
        World coordinates.
    distances : (P,) float64
        To the solid's surface, world units; negative inside.
    weights : (P,) float64
        Volume that each stands for, as a part of the solid's.
    spacing : float
        World units between neighbours of the grid that they are taken from.
    """

    points: Floats
    distances: Floats
    weights: Floats
    spacing: float

    def __len__(self) -> int:
        return len(self.points)

    def part(self, rows: NDArray[np.bool_]) -> Samples:
        """Some of them."""
        return Samples(self.points[rows], self.distances[rows], self.weights[rows], self.spacing)


def samples_of(solid: Solid, generator: np.random.Generator) -> Samples:
    """Draw samples from the points of a solid's grid."""
    near = np.abs(solid.distances) < NEAR_CELLS * solid.grid.spacing
    chosen, weights = [], []
    for mask, count in ((near, NEAR_COUNT), (~near, FAR_COUNT)):
        rows = np.flatnonzero(mask)
        drawn = generator.choice(rows, min(count, len(rows)), replace=False)
        chosen.append(drawn)
        weights.append(np.full(len(drawn), len(rows) / max(len(drawn), 1)))
    index = np.stack(np.unravel_index(np.concatenate(chosen), solid.grid.shape), axis=1)
    return Samples(
        solid.grid.origin + solid.grid.spacing * index,
        solid.distances.ravel()[np.concatenate(chosen)],
        np.concatenate(weights) * solid.grid.spacing**3 / solid.volume,
        solid.grid.spacing,
    )
