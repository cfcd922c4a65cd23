"""Which points of a grid a shape holds: by counting what a closed surface winds around, or by flooding from outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

OFFSET = np.array([0.137, 0.271, 0.389])  # of a cell: no grid line runs along the round coordinates that designers use
MARGIN = 4  # cells of air on every side


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid of points.

    Parameters
    ----------
    origin : (3,) float64
        World coordinates of the first point.
    spacing : float
        World units between neighbours.
    shape : (int, int, int)
        Points along x, y and z.
    """

    origin: Floats
    spacing: float
    shape: tuple[int, int, int]

    @classmethod
    def around(cls, low: Floats, high: Floats, count: int) -> Grid:
        """A grid of about `count` points around a box, with some air."""
        extent = np.maximum(high - low, 1e-6 * (high - low).max())
        spacing = float(np.cbrt(extent.prod() / count))
        for _ in range(20):  # the air takes its share
            shape = np.ceil(extent / spacing).astype(int) + 2 * MARGIN + 1
            spacing *= float(np.cbrt(shape.prod() / count))
        x, y, z = (np.ceil(extent / spacing).astype(int) + 2 * MARGIN + 1).tolist()
        return cls(low - (MARGIN + OFFSET) * spacing, spacing, (x, y, z))

    def points(self, chosen: Mask | None = None) -> Floats:
        """(N, 3) float64: world coordinates of all points, or of those chosen, z running fastest."""
        index = np.argwhere(np.ones(self.shape, bool) if chosen is None else chosen)
        return np.asarray(self.origin + self.spacing * index)

    def cells(self, points: NDArray[np.floating]) -> tuple[NDArray[np.intp], ...]:
        """Indices of the grid points nearest to some points, moved inside where those lie outside."""
        index = np.rint((points - self.origin) / self.spacing).astype(np.intp)
        return tuple(np.clip(index, 0, np.array(self.shape) - 1).T)


def wound(corners: Floats, grid: Grid) -> Mask:
    """Grid points that closed surfaces wind around, by signed crossings on the way up to them.

    Overlapping parts are united, whichever way each is turned; a surface turned the other way inside another is a
    cavity.

    Parameters
    ----------
    corners : (F, 3, 3) float64
        Triangles of a watertight mesh, world coordinates.
    grid : Grid
    """
    local = (corners - grid.origin) / grid.spacing
    face, column = _candidates(local[:, :, :2], grid.shape)
    a, b, c = (local[face, corner] for corner in range(3))
    shares = np.stack([_doubled_area(column, b, c), _doubled_area(column, c, a), _doubled_area(column, a, b)])
    total = shares.sum(0)
    hit = ((shares > 0).all(0) | (shares < 0).all(0)) & (total != 0)
    heights = (shares * np.stack([a[:, 2], b[:, 2], c[:, 2]]))[:, hit].sum(0) / total[hit]
    first = np.clip(np.ceil(heights).astype(int), 0, grid.shape[2] - 1)
    turns = np.zeros(grid.shape, np.int32)
    np.add.at(turns, (*column[hit].T, first), np.where(total[hit] > 0, -1, 1))
    return np.asarray(np.cumsum(turns, axis=2) != 0)


def _candidates(flat: Floats, shape: tuple[int, int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of a triangle (F, 3, 2) and a vertical grid line inside its box: indices (N,) and columns (N, 2)."""
    limit = np.array(shape[:2]) - 1
    low = np.clip(np.ceil(flat.min(1)).astype(np.intp), 0, limit)
    high = np.clip(np.floor(flat.max(1)).astype(np.intp), -1, limit)
    size = np.maximum(high - low + 1, 0)
    count = size.prod(1)
    face = np.repeat(np.arange(len(flat)), count)
    within = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    row, rest = np.divmod(within, np.maximum(size[face, 1], 1))
    return face, np.stack([low[face, 0] + row, low[face, 1] + rest], axis=1)


def _doubled_area(point: NDArray[np.intp], start: Floats, end: Floats) -> Floats:
    along, toward = end[:, :2] - start[:, :2], point - start[:, :2]
    return np.asarray(along[:, 0] * toward[:, 1] - along[:, 1] * toward[:, 0])


def flooded(points: Floats, grid: Grid, reach: float) -> Mask:
    """Grid points that air cannot get to where every gap between points is closed that is narrower than a distance.

    Parameters
    ----------
    points : (N, 3) float64
        Dense on a surface, world coordinates.
    grid : Grid
    reach : float
        Half the width of the widest gap that is closed, world units; at least a cell.
    """
    from scipy import ndimage

    air_cells = int(np.ceil(reach / grid.spacing)) + 1  # so that what is closed stays clear of the grid's rim
    there = np.ones(grid.shape, bool)
    there[grid.cells(points)] = False
    there = np.pad(there, air_cells, constant_values=True)
    label, _ = ndimage.label(ndimage.distance_transform_edt(there) * grid.spacing > reach)
    closed = ndimage.distance_transform_edt(label != label[0, 0, 0]) * grid.spacing > reach + grid.spacing / 2
    inner = slice(air_cells, -air_cells)
    return np.asarray(closed[inner, inner, inner])
