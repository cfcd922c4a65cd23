"""Shapes of a family in one frame: distances to the surface on a grid that fills the cube from -1 to 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.shapes import Solid

Floats = NDArray[np.float64]

CELLS = 64  # along each side
GRID_POINTS = 100_000  # of a solid, which is then as fine as its cube
FILLED = 0.9  # of the cube by the longest side of a shape


@dataclass(frozen=True, eq=False)
class Cube:
    """A shape in the frame of its family.

    Parameters
    ----------
    distances : (64, 64, 64) float32
        From the middle of each cell to the surface, in halves of the cube's side; negative inside.
    center : (3,) float64
        World coordinates of the cube's middle.
    half : float
        Half the cube's side, world units.
    """

    distances: NDArray[np.float32]
    center: Floats
    half: float

    def to_world(self, points: Floats) -> Floats:
        """Points (..., 3) of the cube in world coordinates."""
        return np.asarray(points * self.half + self.center)


def cell_middles() -> Floats:
    """(64, 64, 64, 3) float64 in the cube's coordinates."""
    along = (np.arange(CELLS) + 0.5) / CELLS * 2 - 1
    return np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1)


def cube_of(solid: Solid) -> Cube:
    """Put a solid into the frame of its family: turned as it is, its box in the middle and as long as any other's."""
    from scipy import ndimage

    low, high = solid.surface.min(0), solid.surface.max(0)
    center, half = (low + high) / 2, float((high - low).max()) / 2 / FILLED
    at = (cell_middles() * half + center - solid.grid.origin) / solid.grid.spacing
    distances = ndimage.map_coordinates(solid.distances, at.reshape(-1, 3).T, order=1, mode="nearest") / half
    return Cube(distances.reshape(CELLS, CELLS, CELLS).astype(np.float32), center, half)
